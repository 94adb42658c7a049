"""From a checkpoint of pSp, e4e or ReStyle to its encoder: told by names and shapes, and kept as numbers only."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load, save
from torch import Tensor, nn

from explorer.science.generation.brought.image_encoder import MIDDLE, EncoderPlan, ImageEncoder, Unit
from explorer.science.names import name_of, said
from explorer.science.networks.errors import NetworkFileError
from explorer.science.networks.restricted_pickle import PickleError
from explorer.science.networks.torch_pickle import InertObject, InertTensor, read_torch_file

_FORMAT = "likeness-image-encoder/1"
_PREFIX = "encoder."
_PROGRESSIVE = ("Encoder4Editing", "ProgressiveBackboneEncoder")
_MOST_UNITS, _MOST_STYLES, _MOST_POOLS = 64, 26, 7
_LONGEST_LINE = 400


@dataclass(frozen=True, eq=False)
class ImageEncoderFile:
    """An encoder as its file holds it. tensors: by the makers' names. average: (L, K), where it begins."""

    plan: EncoderPlan
    tensors: Mapping[str, Tensor]
    average: Tensor


def is_image_encoder(path: Path) -> bool:
    """Whether a file is a checkpoint of such an encoder, by its names alone; no numbers are read.

    Raises:
        OSError: it cannot be read.
    """
    try:
        return any(name.startswith(f"{_PREFIX}styles.") for name in _state(read_torch_file(path)))
    except (PickleError, NetworkFileError):
        return False


def read_image_encoder(path: Path) -> ImageEncoderFile:
    """Read the encoder of a checkpoint; nothing that the file names is run, and its options are plain data.

    Raises:
        NetworkFileError: it holds none; the message says what is missing.
        OSError: it cannot be read.
    """
    try:
        return _told(read_torch_file(path))
    except (PickleError, NetworkFileError) as error:
        why = said(error, _LONGEST_LINE)
        raise NetworkFileError(f"{name_of(path)} is no encoder of pSp, e4e or ReStyle: {why}") from error
    except Exception as error:  # a crafted file can make its reader stumble in any way; each is the file's fault
        if isinstance(error, OSError) and error.filename is not None:
            raise
        raise NetworkFileError(f"{name_of(path)} is damaged, or no encoder: {said(error)}") from error


def build_image_encoder(file: ImageEncoderFile) -> ImageEncoder:
    """Build it, frozen.

    Raises:
        NetworkFileError: a tensor is missing, too many, or of another shape.
    """
    with torch.device("meta"):  # sizes that a crafted file states take no memory before its tensors are held to them
        made = ImageEncoder(file.plan, file.average)
    missing, extra = _differing(made, file.tensors)
    if missing or extra:
        raise NetworkFileError(f"{'it lacks' if missing else 'it has besides'} {(missing or extra)[0]}")
    try:
        made.load_state_dict(dict(file.tensors), strict=False, assign=True)
    except RuntimeError as error:
        raise NetworkFileError(f"its tensors do not fit together: {said(error, _LONGEST_LINE)}") from error
    for module in made.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.num_batches_tracked = torch.zeros((), dtype=torch.int64)
    return made


def pack_image_encoder(file: ImageEncoderFile) -> bytes:
    """It in a form of the program's own: safetensors, with the plan as JSON beside them."""
    tensors = {name: tensor.contiguous().clone() for name, tensor in file.tensors.items()}
    return save(
        tensors | {":average": file.average.clone()}, {"format": _FORMAT, "plan": json.dumps(asdict(file.plan))}
    )


def unpack_image_encoder(data: bytes) -> ImageEncoderFile:
    """What `pack_image_encoder` made.

    Raises:
        NetworkFileError: it is something else, or damaged.
    """
    try:
        about = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])["__metadata__"]
        if about["format"] != _FORMAT:
            raise ValueError(f"its format is {about['format']!r}")
        plan = json.loads(about["plan"])
        units = tuple(Unit(**one) for one in plan.pop("units"))
        tensors = load(data)
        average = tensors.pop(":average")
        return ImageEncoderFile(EncoderPlan(units=units, pools=tuple(plan.pop("pools")), **plan), tensors, average)
    except Exception as error:  # whatever stands there where it should not
        raise NetworkFileError(f"the encoder's file is damaged: {said(error, _LONGEST_LINE)}") from error


def _state(tree: Any) -> Mapping[str, Any]:
    state = tree.get("state_dict") if isinstance(tree, dict) else None
    if not isinstance(state, dict):
        raise NetworkFileError("it has no `state_dict`")
    return {name: value for name, value in state.items() if isinstance(name, str)}


def _told(tree: Any) -> ImageEncoderFile:
    state = _state(tree)
    if f"{_PREFIX}conv1.weight" in state:
        raise NetworkFileError("its encoder is built on ResNet-34, as for other things than faces: it is not read")
    mine = {
        name.removeprefix(_PREFIX): value
        for name, value in state.items()
        if name.startswith(_PREFIX) and not name.endswith("num_batches_tracked")
    }
    if not mine:
        raise NetworkFileError(f"no tensor of it begins with {_PREFIX!r}")
    plan = _plan({name: value.shape for name, value in mine.items() if isinstance(value, InertTensor)}, _options(tree))
    average = _average(tree, plan)
    tensors = {name: _numbers(name, value) for name, value in mine.items()}
    found = ImageEncoderFile(plan, tensors, average)
    build_image_encoder(found)  # what does not fit together is refused now
    return found


def _options(tree: Any) -> Mapping[str, Any]:
    """What it was trained with, as plain data; empty where it does not say."""
    given = tree.get("opts")
    said_of = given.state if isinstance(given, InertObject) else given
    return said_of if isinstance(said_of, dict) else {}


def _plan(shapes: Mapping[str, tuple[int, ...]], options: Mapping[str, Any]) -> EncoderPlan:
    first = _shape(shapes, "input_layer.0.weight", 4)
    if first[1] not in (3, 6):
        raise NetworkFileError(f"its input has {first[1]} channels, not 3, or 6 with what was drawn so far")
    units, inner = list[Unit](), first[0]
    while len(units) < _MOST_UNITS and f"body.{len(units)}.res_layer.1.weight" in shapes:
        start = f"body.{len(units)}.res_layer"
        outer = _shape(shapes, f"{start}.1.weight", 4)[0]
        gate = shapes.get(f"{start}.5.fc1.weight")
        # Each width begins by halving; the first one, too.
        stride = 2 if not units or units[-1].outer != outer else 1
        units.append(Unit(inner, outer, stride, None if gate is None else gate[0]))
        inner = outer
    pools = list[int]()
    while len(pools) <= _MOST_STYLES and f"styles.{len(pools)}.linear.weight" in shapes:
        start = f"styles.{len(pools)}.convs"
        count = sum(f"{start}.{2 * place}.weight" in shapes for place in range(_MOST_POOLS))
        if not count:
            raise NetworkFileError(f"it lacks {start}.0.weight")
        pools.append(count)
    if not units or not pools or len(pools) > _MOST_STYLES:
        raise NetworkFileError(f"it has a body of {len(units)} units, and {len(pools)} styles")
    plan = EncoderPlan(
        channels=first[1],
        units=tuple(units),
        pools=tuple(pools),
        width=_shape(shapes, "styles.0.linear.weight", 2)[0],
        pyramid="latlayer1.weight" in shapes,
        progressive=options.get("encoder_type") in _PROGRESSIVE,
    )
    if len(plan.level_ends) != 4 or (plan.pyramid and len(pools) <= MIDDLE):
        raise NetworkFileError(f"its body has {len(plan.level_ends)} levels, not four, or too few styles for three")
    return plan


def _shape(shapes: Mapping[str, tuple[int, ...]], name: str, rank: int) -> tuple[int, ...]:
    if len(shapes.get(name, ())) != rank or 0 in shapes[name]:
        raise NetworkFileError(f"it lacks {name}, or that has another shape than it should")
    return shapes[name]


def _average(tree: Any, plan: EncoderPlan) -> Tensor:
    """Where it begins, (L, K); pSp's and e4e's files state one style for all, or each."""
    count, given = len(plan.pools), tree.get("latent_avg")
    if given is None:
        raise NetworkFileError("it lacks `latent_avg`, the latent that it begins at")
    average = _numbers("latent_avg", given).reshape(-1, plan.width)
    if len(average) not in (1, count):
        raise NetworkFileError(f"its `latent_avg` has {len(average)} styles, not {count}")
    return average.expand(count, -1).contiguous()


def _numbers(name: str, value: Any) -> Tensor:
    if not isinstance(value, InertTensor):
        raise NetworkFileError(f"{name} is no tensor")
    numbers = value.tensor()
    if not numbers.is_floating_point() or not bool(torch.isfinite(numbers).all()):
        raise NetworkFileError(f"{name} holds what is no finite number")
    return numbers.float()


def _differing(made: ImageEncoder, tensors: Mapping[str, Tensor]) -> tuple[list[str], list[str]]:
    wanted = {name for name in made.state_dict() if not name.endswith("num_batches_tracked")}
    return sorted(wanted - tensors.keys()), sorted(tensors.keys() - wanted)
