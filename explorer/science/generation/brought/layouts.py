"""The layouts of files in which generators are published, each brought to the same tree of parts.

NVIDIA's pickles hold networks as `torch_utils.persistence` writes them: the source code of their classes, which is
never run, what they were made with, and their tensors. rosinality's are state dicts; their weights are brought to
NVIDIA's names, which name the same equations.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from explorer.science.generation.brought.parts import Budget, Part
from explorer.science.networks.errors import NetworkFileError
from explorer.science.networks.restricted_pickle import PickleError
from explorer.science.networks.torch_pickle import InertDict, InertObject, InertTensor

_DEEPEST = 16
_MOST_TENSORS, _LONGEST_NAME = 8192, 200


class _Persistent:
    """Stands for an object that `torch_utils.persistence` writes: its description, without its source code."""

    def __init__(self, meta: object = None) -> None:
        if not isinstance(meta, dict) or not isinstance(meta.get("state"), dict):
            raise PickleError("one of its objects is described in a way that is not known")
        kind = meta.get("class_name")
        self.kind, self.state = kind if isinstance(kind, str) else "", meta["state"]

    def __setstate__(self, state: Any) -> None:
        raise PickleError("it changes what was read from it")


class _Module(InertObject):
    """Stands for torch's own layers."""

    kind = ""


class _TensorFlowNetwork(InertObject):
    """Stands for the networks of StyleGAN's versions for TensorFlow."""


def known(module: str, name: str) -> Any:
    """What names of NVIDIA's pickles stand for; None for every other."""
    if name == "_reconstruct_persistent_obj" and module.endswith("torch_utils.persistence"):
        return _Persistent
    if name == "EasyDict" and module.split(".", maxsplit=1)[0] in {"dnnlib", "torch_utils"}:
        return InertDict
    if name == "Network" and module.startswith("dnnlib.tflib"):
        return _TensorFlowNetwork
    return _Module if module.startswith("torch.nn.modules.") else None


def generator_part(tree: Any, size: int) -> tuple[str, Part, Tensor | None]:
    """Find the generator in what a file holds.

    Args:
        size: of the file, in bytes: no network has more numbers than it can hold.

    Returns:
        "nvidia", "rosinality" or "dcgan"; its parts; and the mean of W where the file states it beside them.

    Raises:
        NetworkFileError: there is none; the message says what there is instead.
    """
    if isinstance(tree, tuple | list) and any(isinstance(one, _TensorFlowNetwork) for one in tree):
        raise NetworkFileError(
            "it is a pickle of StyleGAN for TensorFlow: convert it with legacy.py of NVIDIA's stylegan3, and bring that"
        )
    if isinstance(tree, _Persistent):
        return "nvidia", persistent_part(tree, size), None
    if not isinstance(tree, dict):
        raise NetworkFileError(f"it holds no generator but {_what(tree)}")
    if any(isinstance(one, _Persistent) for one in tree.values()):
        found = next(
            (tree[name] for name in ("G_ema", "G", "generator") if isinstance(tree.get(name), _Persistent)), None
        )
        if found is None:
            raise NetworkFileError(f"it holds no generator: there is no G_ema, but {_names(tree)}")
        return "nvidia", persistent_part(found, size), None
    return _from_state_dicts(tree, size)


def _from_state_dicts(tree: Mapping[Any, Any], size: int) -> tuple[str, Part, Tensor | None]:
    mean = tree.get("latent_avg")
    for name in ("g_ema", "g", "netG_state_dict", "state_dict", "generator", ""):
        state = _tensors(tree.get(name) if name else tree)
        if "style.1.weight" in state and "conv1.conv.weight" in state:
            return "rosinality", rosinality_part(state, size), _mean(mean)
        if state and all(key.split(".")[-2:-1] and key.split(".")[-2].isdigit() for key in state):
            return "dcgan", sequence_part(state, size), None
    if isinstance(tree.get("model"), dict) and "mapping" in str(next(iter(tree["model"]), "")):
        raise NetworkFileError("it holds a network of a layout that is not known")
    raise NetworkFileError(f"it holds no generator that is known, but {_names(tree)}")


def _mean(found: Any) -> Tensor | None:
    if not isinstance(found, InertTensor):
        return None
    numbers = Part("", "", {"latent_avg": found}, {}).tensor("latent_avg")
    # e4e and ReStyle keep the mean once for each layer.
    return numbers.reshape(-1, numbers.shape[-1]).mean(0)


def _tensors(state: Any) -> dict[str, InertTensor]:
    """The tensors of a state dict by name, without the prefixes of wrappers and of pSp's decoder."""
    if not isinstance(state, dict):
        return {}
    found = {key: value for key, value in state.items() if isinstance(key, str) and isinstance(value, InertTensor)}
    if len(found) > _MOST_TENSORS or any(len(key) > _LONGEST_NAME for key in found):
        raise NetworkFileError(
            f"it holds {len(found)} tensors, which are more, or have longer names, than any generator's"
        )
    if any(key.startswith("decoder.") for key in found):
        found = {key: value for key, value in found.items() if key.startswith("decoder.")}
    for prefix in ("module.", "decoder.", "generator.", "main."):
        if found and all(key.startswith(prefix) for key in found):
            found = {key.removeprefix(prefix): value for key, value in found.items()}
    return found


def persistent_part(found: _Persistent, size: int) -> Part:
    """A network of NVIDIA's as parts: what its modules keep of themselves, over what they were made with.

    Raises:
        NetworkFileError: it is no module of torch.
    """
    return _module_part(found, "", Budget(size), 0)


def _module_part(found: _Persistent | _Module, path: str, budget: Budget, depth: int) -> Part:
    state = found.state
    budget.part()
    if depth > _DEEPEST or not isinstance(state, dict):
        raise NetworkFileError(f"{path or 'the generator'} is no module of torch")
    tensors = {**_dict(state, "_buffers", path), **_dict(state, "_parameters", path)}
    for name, tensor in tensors.items():
        if tensor is not None and not isinstance(tensor, InertTensor):
            raise NetworkFileError(f"{path}.{name} is no tensor")
    parts = {
        name: _module_part(part, f"{path}.{name}".lstrip("."), budget, depth + 1)
        for name, part in _dict(state, "_modules", path).items()
        if isinstance(part, _Persistent | _Module) and isinstance(name, str) and len(name) < _LONGEST_NAME
    }
    made = _dict(state, "_init_kwargs", path) or _dict(state, "init_kwargs", path)
    own = {name: value for name, value in state.items() if isinstance(name, str) and not name.startswith("_")}
    return Part(path, found.kind, tensors, parts, {**made, **own}, budget)


def _dict(state: Mapping[Any, Any], name: str, path: str) -> Mapping[str, Any]:
    found = state.get(name)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise NetworkFileError(f"{path}.{name} is not what a module of torch keeps there")
    return found


def sequence_part(state: Mapping[str, InertTensor], size: int) -> Part:
    """A state dict of layers in order, "3.weight", as parts by number."""
    return _nested({key.split(".")[-2] + "." + key.split(".")[-1]: tensor for key, tensor in state.items()}, size)


def _nested(state: Mapping[str, InertTensor | Tensor], size: int) -> Part:
    """Tensors by dotted names as parts."""
    budget = Budget(size)

    def part(path: str, inside: Mapping[str, InertTensor | Tensor]) -> Part:
        own = {name: tensor for name, tensor in inside.items() if "." not in name}
        names = dict.fromkeys(name.partition(".")[0] for name in inside if "." in name)
        deeper = {
            name: {key[len(name) + 1 :]: value for key, value in inside.items() if key.startswith(f"{name}.")}
            for name in names
        }
        parts = {name: part(f"{path}.{name}".lstrip("."), below) for name, below in deeper.items()}
        return Part(path, "", own, parts, {}, budget)

    return part("", state)


def rosinality_part(state: Mapping[str, InertTensor], size: int) -> Part:
    """rosinality's state dict under NVIDIA's names.

    The weights of convolutions are scaled by 1 / sqrt(fan-in) there before they are demodulated, and kernels of filters
    are kept with their gain: the weights take the scale along, and a filter is brought to sum 1 where it is read.

    Raises:
        NetworkFileError: a tensor is missing or of another shape.
    """
    source = _nested(state, size)
    style = source.part("style")
    renamed: dict[str, Tensor] = {}
    for number, name in enumerate(sorted((name for name in style.parts if name.isdigit()), key=int)):
        for tensor in ("weight", "bias"):
            renamed[f"mapping.fc{number}.{tensor}"] = style.part(name).tensor(tensor)
    const = source.part("input").tensor("input", 1, None, None, None)[0]
    side = const.shape[-1]
    renamed[f"synthesis.b{side}.const"] = const
    noises = source.parts.get("noises")
    convolutions = source.parts.get("convs")
    count = 0 if convolutions is None else len(convolutions.parts)
    places = [("conv1", source.part("conv1"))]
    places += [] if convolutions is None else [(f"conv{i % 2}", convolutions.part(str(i))) for i in range(count)]
    for number, (place, part) in enumerate(places):
        block = side << ((number + 1) // 2)
        target = f"synthesis.b{block}.{place}"
        renamed |= _convolution(part, target)
        renamed[f"{target}.noise_const"] = _noise(noises, number, block)
    colours = [source.part("to_rgb1"), *(source.part("to_rgbs").part(str(i)) for i in range(count // 2))]
    for number, part in enumerate(colours):
        target = f"synthesis.b{side << number}"
        weight = part.part("conv").tensor("weight", 1, None, None, 1, 1)[0]
        renamed |= _affine(part, f"{target}.torgb")
        renamed |= {f"{target}.torgb.weight": weight, f"{target}.torgb.bias": part.tensor("bias").reshape(-1)}
        if "upsample" in part.parts:
            renamed[f"{target}.resample_filter"] = part.part("upsample").tensor("kernel")
    return _nested(renamed, size)


def _convolution(part: Part, target: str) -> dict[str, Tensor]:
    weight = part.part("conv").tensor("weight", 1, None, None, None, None)[0]
    renamed = {
        f"{target}.weight": weight / float(weight[0].numel()) ** 0.5,
        f"{target}.bias": part.part("activate").tensor("bias").reshape(-1),
        f"{target}.noise_strength": part.part("noise").tensor("weight").reshape(-1)[:1],
        **_affine(part, target),
    }
    if "blur" in part.part("conv").parts:
        renamed[f"{target}.resample_filter"] = part.part("conv").part("blur").tensor("kernel")
    return renamed


def _affine(part: Part, target: str) -> dict[str, Tensor]:
    modulation = part.part("conv").part("modulation")
    return {f"{target}.affine.{name}": modulation.tensor(name) for name in ("weight", "bias")}


def _noise(noises: Part | None, number: int, side: int) -> Tensor:
    """The noise of a layer; drawn from a seed where a file carries none, as those of the layout's first versions."""
    if noises is not None and f"noise_{number}" in noises.tensors:
        return noises.tensor(f"noise_{number}", 1, 1, side, side)[0, 0]
    if side > 2048:
        raise NetworkFileError(f"its images have {side} px, and no known generator's have more than 2048")
    return torch.randn(side, side, generator=torch.Generator().manual_seed(number))


def _names(tree: Mapping[Any, Any]) -> str:
    names = [str(name)[:40] for name in list(tree)[:6] if isinstance(name, str | int)]
    return ", ".join(names) + (", ..." if len(tree) > 6 else "") if names else "nothing"


def _what(tree: Any) -> str:
    kinds: list[tuple[Any, str]] = [
        (InertTensor, "a tensor"),
        (str, "text"),
        (list | tuple, "a list"),
        (int, "a number"),
    ]
    return next((words for kind, words in kinds if isinstance(tree, kind)), "something else")
