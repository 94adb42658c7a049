"""Tiny generators in the layouts of their makers' files, and the equations of their papers over again, by loops.

The equations are written from the papers, in double precision and with scipy's convolution: nothing is shared with what
is tested but the names of tensors.
"""

from __future__ import annotations

import math
import pickle
import sys
import types
from collections import OrderedDict
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from scipy.signal import convolve2d

SOURCE = "raise SystemExit('the source code in the file was run')"
TAPS = np.outer([1, 3, 3, 1], [1, 3, 3, 1]) / 64


class Node:
    """A module as `torch_utils.persistence` pickles it."""

    def __init__(self, kind: str, kwargs: dict[str, Any], **own: Any) -> None:
        self.kind, self.kwargs, self.own = kind, kwargs, own
        self.parameters: dict[str, Any] = OrderedDict()
        self.buffers: dict[str, Any] = OrderedDict()
        self.modules: dict[str, Any] = OrderedDict()

    def __reduce__(self):
        return sys.modules["torch_utils.persistence"]._reconstruct_persistent_obj, (
            {
                "type": "class",
                "version": 6,
                "module_src": SOURCE,
                "class_name": self.kind,
                "state": {
                    "training": False,
                    "_parameters": self.parameters,
                    "_buffers": self.buffers,
                    "_non_persistent_buffers_set": set(),
                    "_backward_hooks": OrderedDict(),
                    "_is_full_backward_hook": None,
                    "_forward_hooks": OrderedDict(),
                    "_modules": self.modules,
                    "_init_args": (),
                    "_init_kwargs": sys.modules["dnnlib.util"].EasyDict(self.kwargs),
                    **self.own,
                },
            },
        )

    def tensors(self, path: str = "") -> dict[str, np.ndarray]:
        found = {path + name: one.detach().double().numpy() for name, one in {**self.parameters, **self.buffers}.items()
                 if one is not None}  # fmt: skip
        for name, part in self.modules.items():
            found |= part.tensors(f"{path}{name}.")
        return found


@contextmanager
def nvidia_names():
    """The modules that NVIDIA's pickles name, as far as pickling needs them."""
    persistence, util = types.ModuleType("torch_utils.persistence"), types.ModuleType("dnnlib.util")

    def _reconstruct_persistent_obj(meta):
        raise AssertionError("a file's own reconstruction ran")

    class EasyDict(dict):
        pass

    _reconstruct_persistent_obj.__module__ = "torch_utils.persistence"
    _reconstruct_persistent_obj.__qualname__ = "_reconstruct_persistent_obj"
    EasyDict.__module__, EasyDict.__qualname__ = "dnnlib.util", "EasyDict"
    persistence._reconstruct_persistent_obj, util.EasyDict = _reconstruct_persistent_obj, EasyDict
    named = {
        "torch_utils": types.ModuleType("torch_utils"),
        "torch_utils.persistence": persistence,
        "dnnlib": types.ModuleType("dnnlib"),
        "dnnlib.util": util,
    }
    sys.modules.update(named)
    try:
        yield
    finally:
        for name in named:
            del sys.modules[name]


def nvidia_pickle(generator: Node, protocol: int = 4, **others: Any) -> bytes:
    with nvidia_names():
        content = {"training_set_kwargs": {"class_name": "x"}, "G": generator, "D": Node("Discriminator", {}), **others}
        return pickle.dumps({**content, "G_ema": generator, "augment_pipe": None}, protocol)


def rand(*shape: int) -> torch.nn.Parameter:
    return torch.nn.Parameter(torch.randn(*shape))


def dense(inputs: int, outputs: int, activation: str = "linear", multiplier: float = 1.0) -> Node:
    kwargs = {"in_features": inputs, "out_features": outputs, "activation": activation, "lr_multiplier": multiplier}
    node = Node("FullyConnectedLayer", kwargs, activation=activation, bias_gain=multiplier)
    node.parameters |= {"weight": rand(outputs, inputs) / multiplier, "bias": rand(outputs) / multiplier}
    return node


def mapping(z: int, w: int, layers: int, count: int) -> Node:
    node = Node("MappingNetwork", {"z_dim": z, "c_dim": 0, "w_dim": w, "num_ws": count}, num_layers=layers)
    node.buffers["w_avg"] = torch.randn(w)
    for index in range(layers):
        node.modules[f"fc{index}"] = dense(z if index == 0 else w, w, "lrelu", 0.01)
    return node


def stylegan2(side=32, w=6, z=6, channels=4, architecture="skip", clamp=None, labels=0, colours=3) -> Node:
    synthesis = Node("SynthesisNetwork", {"w_dim": w, "img_resolution": side, "img_channels": colours})
    sides, inputs = [2**k for k in range(2, int(math.log2(side)) + 1)], 0
    for index, one in enumerate(sides):
        outputs = channels + len(sides) - index
        block = Node("SynthesisBlock", {"architecture": architecture}, architecture=architecture, resolution=one)
        block.buffers["resample_filter"] = torch.tensor(TAPS).float()
        if inputs == 0:
            block.parameters["const"] = rand(outputs, one, one)
        for name, fed, up in (("conv0", inputs, 2), ("conv1", outputs, 1)):
            if fed:
                layer = Node("SynthesisLayer", {"conv_clamp": clamp, "up": up}, conv_clamp=clamp, activation="lrelu",
                             use_noise=True, resolution=one)  # fmt: skip
                layer.parameters |= {
                    "weight": rand(outputs, fed, 3, 3),
                    "noise_strength": rand(1)[0],
                    "bias": rand(outputs),
                }
                layer.buffers |= {"resample_filter": torch.tensor(TAPS).float(), "noise_const": torch.randn(one, one)}
                layer.modules["affine"] = dense(w, fed)
                block.modules[name] = layer
        if architecture == "skip" or one == side:
            colour = Node("ToRGBLayer", {"conv_clamp": clamp}, conv_clamp=clamp)
            colour.parameters |= {"weight": rand(colours, outputs, 1, 1), "bias": rand(colours)}
            colour.modules["affine"] = dense(w, outputs)
            block.modules["torgb"] = colour
        if architecture == "resnet" and inputs:
            skip = Node("Conv2dLayer", {"bias": False, "up": 2})
            skip.parameters |= {"weight": rand(outputs, inputs, 1, 1), "bias": None}
            skip.buffers["resample_filter"] = torch.tensor(TAPS).float()
            block.modules["skip"] = skip
        synthesis.modules[f"b{one}"], inputs = block, outputs
    count = 2 * len(sides)
    generator = Node("Generator", {"z_dim": z, "c_dim": labels, "w_dim": w}, z_dim=z, c_dim=labels, w_dim=w,
                     img_resolution=side, img_channels=colours)  # fmt: skip
    generator.modules |= {"synthesis": synthesis, "mapping": mapping(z, w, 3, count)}
    return generator


def mapped(t: dict[str, np.ndarray], z: np.ndarray, prefix: str = "mapping.fc") -> np.ndarray:
    x = z / np.sqrt(np.mean(z**2, 1, keepdims=True) + 1e-8)
    for index in range(sum(name.startswith(prefix) and name.endswith("weight") for name in t)):
        weight, bias = t[f"{prefix}{index}.weight"], t[f"{prefix}{index}.bias"]
        x = x @ weight.T * 0.01 / math.sqrt(weight.shape[1]) + bias * 0.01
        x = np.where(x > 0, x, 0.2 * x) * math.sqrt(2)
    return x


def style(t: dict[str, np.ndarray], path: str, w: np.ndarray) -> np.ndarray:
    weight = t[f"{path}.affine.weight"]
    return weight @ w / math.sqrt(len(w)) + t[f"{path}.affine.bias"]


def convolved(x: np.ndarray, weight: np.ndarray, mode: str = "full") -> np.ndarray:
    """Cross-correlation, as networks mean it: x (I, H, W), weight (O, I, k, k)."""
    return np.stack(
        [sum(convolve2d(x[i], one[i, ::-1, ::-1], mode) for i in range(len(x))) for one in weight]
    )  # fmt: skip


def spread(x: np.ndarray, factor: int) -> np.ndarray:
    """Zeros behind each pixel."""
    wide = np.zeros((len(x), x.shape[1] * factor, x.shape[2] * factor))
    wide[:, ::factor, ::factor] = x
    return wide


def placed(x: np.ndarray, low: int, side: int) -> np.ndarray:
    """So many zeros before each row and column (fewer pixels where negative), then the given side."""
    rows = np.arange(side) - low
    there = (rows >= 0) & (rows < x.shape[1])
    wide = np.zeros((len(x), side, side))
    wide[np.ix_(range(len(x)), there, there)] = x[np.ix_(range(len(x)), rows[there], rows[there])]
    return wide


def doubled(image: np.ndarray) -> np.ndarray:
    """Twice the size by the filter 1, 3, 3, 1: each output pixel lies a quarter pixel beside an input pixel."""
    full = np.stack([convolve2d(one, TAPS * 4) for one in spread(image, 2)])
    return placed(full, -1, 2 * image.shape[1])


def styled2(t, path, x, w, noise, clamp, gain=1.0) -> np.ndarray:
    weight = t[f"{path}.weight"] * style(t, path, w)[None, :, None, None]
    weight = weight / np.sqrt((weight**2).sum((1, 2, 3), keepdims=True) + 1e-8)
    if path.endswith("conv0"):
        # Convolve the enlarged picture by the kernel and the low-pass: the kernel acts as a true convolution there.
        wide = spread(x, 2)
        smooth = np.stack([convolve2d(one, TAPS * 4) for one in wide])
        full = np.stack([sum(convolve2d(smooth[i], one[i]) for i in range(len(x))) for one in weight])
        x = placed(full, -2, 2 * x.shape[1])
    else:
        x = convolved(x, weight, "same")
    x = x + noise(path, x.shape[1]) + t[f"{path}.bias"][:, None, None]
    x = np.where(x > 0, x, 0.2 * x) * math.sqrt(2) * gain
    return x if clamp is None else np.clip(x, -clamp * gain, clamp * gain)


def drawn2(t, styles, side, architecture="skip", clamp=None, noise=None) -> np.ndarray:
    """StyleGAN2's image (3, R, R) of styles (L, K)."""
    own = noise or (lambda path, _: t[f"{path}.noise_const"] * t[f"{path}.noise_strength"])
    image, index, one = None, 0, 4
    x = t["synthesis.b4.const"]
    while one <= side:
        path, last = f"synthesis.b{one}", one == side
        residual = architecture == "resnet" and one > 4
        if one > 4:
            before, x = x, styled2(t, f"{path}.conv0", x, styles[index], own, clamp)
            index += 1
        x = styled2(t, f"{path}.conv1", x, styles[index], own, clamp, math.sqrt(0.5) if residual else 1.0)
        index += 1
        if residual:
            weight = t[f"{path}.skip.weight"]
            x = x + doubled(convolved(before, weight / math.sqrt(weight.shape[1]))) * math.sqrt(0.5)
        if image is not None:
            image = doubled(image)
        if architecture == "skip" or last:
            weight = t[f"{path}.torgb.weight"]
            scale = style(t, f"{path}.torgb", styles[index]) / math.sqrt(weight.shape[1])
            added = convolved(x, weight * scale[None, :, None, None]) + t[f"{path}.torgb.bias"][:, None, None]
            added = added if clamp is None else np.clip(added, -clamp, clamp)
            image = added if image is None else image + added
        one *= 2
    return image


def tensorflow_pickle() -> bytes:
    """Three networks as StyleGAN for TensorFlow pickles them."""
    module = types.ModuleType("dnnlib.tflib.network")

    class Network:
        def __getstate__(self):
            return {
                "version": 4,
                "name": "G",
                "static_kwargs": {},
                "components": {},
                "variables": [],
                "build_module_src": SOURCE,
            }

    Network.__module__, Network.__qualname__, module.Network = module.__name__, "Network", Network
    named = {
        "dnnlib": types.ModuleType("dnnlib"),
        "dnnlib.tflib": types.ModuleType("dnnlib.tflib"),
        module.__name__: module,
    }
    sys.modules.update(named)
    try:
        return pickle.dumps((Network(), Network(), Network()))
    finally:
        for name in named:
            del sys.modules[name]


def rosinality(side=32, w=6, channels=5) -> dict[str, torch.Tensor]:
    """The state dict of rosinality's Generator."""
    state: dict[str, torch.Tensor] = {}
    for index in (1, 2, 3):
        state |= {f"style.{index}.weight": torch.randn(w, w) * 100, f"style.{index}.bias": torch.randn(w) * 100}
    state["input.input"] = torch.randn(1, channels, 4, 4)

    def modulated(name: str, fed: int, out: int, size: int) -> None:
        state[f"{name}.conv.weight"] = torch.randn(1, out, fed, size, size)
        state[f"{name}.conv.modulation.weight"] = torch.randn(fed, w)
        state[f"{name}.conv.modulation.bias"] = torch.randn(fed)

    def styled(name: str, fed: int, out: int) -> None:
        modulated(name, fed, out, 3)
        state[f"{name}.noise.weight"] = torch.randn(1)
        state[f"{name}.activate.bias"] = torch.randn(out)

    def coloured(name: str, fed: int) -> None:
        modulated(name, fed, 3, 1)
        state[f"{name}.bias"] = torch.randn(1, 3, 1, 1)

    styled("conv1", channels, channels)
    coloured("to_rgb1", channels)
    kernel = torch.tensor(TAPS).float() * 4
    for index in range(int(math.log2(side)) - 2):
        out = channels - (index > 0)
        styled(f"convs.{2 * index}", channels if index < 2 else out, out)
        state[f"convs.{2 * index}.conv.blur.kernel"] = kernel.clone()
        styled(f"convs.{2 * index + 1}", out, out)
        coloured(f"to_rgbs.{index}", out)
        state[f"to_rgbs.{index}.upsample.kernel"] = kernel.clone()
    for index in range((int(math.log2(side)) - 2) * 2 + 1):
        one = 2 ** ((index + 5) // 2)
        state[f"noises.noise_{index}"] = torch.randn(1, 1, one, one)
    return state


def drawn_rosinality(t, styles, side) -> np.ndarray:
    """rosinality's forward over again, through StyleGAN2's equations on its own names and scales."""
    names: dict[str, np.ndarray] = {"synthesis.b4.const": t["input.input"][0]}
    places = {"conv1": "synthesis.b4.conv1", "to_rgb1": "synthesis.b4.torgb"}
    for index in range(int(math.log2(side)) - 2):
        one = 8 << index
        places |= {f"convs.{2 * index}": f"synthesis.b{one}.conv0", f"convs.{2 * index + 1}": f"synthesis.b{one}.conv1",
                   f"to_rgbs.{index}": f"synthesis.b{one}.torgb"}  # fmt: skip
    for source, target in places.items():
        weight = t[f"{source}.conv.weight"][0]
        # Their demodulation acts on weights scaled by the fan-in; their colours are scaled so, and nothing else is.
        scale = 1 if "torgb" in target else 1 / math.sqrt(weight[0].size)
        names[f"{target}.weight"] = weight * scale
        names[f"{target}.affine.weight"] = t[f"{source}.conv.modulation.weight"]
        names[f"{target}.affine.bias"] = t[f"{source}.conv.modulation.bias"]
        names[f"{target}.bias"] = t[f"{source}.bias" if "torgb" in target else f"{source}.activate.bias"].ravel()
        if "torgb" not in target:
            order = 0 if source == "conv1" else int(source.split(".")[1]) + 1
            names[f"{target}.noise_const"] = t[f"noises.noise_{order}"][0, 0]
            names[f"{target}.noise_strength"] = t[f"{source}.noise.weight"][0]
    return drawn2(names, styles, side)
