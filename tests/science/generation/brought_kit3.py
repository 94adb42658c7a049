"""A tiny StyleGAN3 in the layout of NVIDIA's pickles, and the equations of its paper over again, by loops."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from scipy.signal import convolve2d, firwin, kaiser_atten, kaiser_beta
from scipy.special import j1

from tests.science.generation.brought_kit import Node, convolved, dense, mapping, rand, spread, style

LAYERS, CRITICAL = 4, 2


def signals(side: int, margin: int) -> list[dict[str, float]]:
    """Cutoffs and half transition bands, rates and sizes of each layer and of the colours (section 3.2)."""
    found = []
    for index in range(LAYERS + 1):
        part = min(index / (LAYERS - CRITICAL), 1)
        cutoff = 2 * (side / 2 / 2) ** part
        stop = 2**2.1 * (side / 2 * 2**0.3 / 2**2.1) ** part
        rate = 2 ** math.ceil(math.log2(min(stop * 2, side)))
        size = side if index >= LAYERS - 1 else rate + 2 * margin
        found.append({"cutoff": cutoff, "half": max(stop, rate / 2) - cutoff, "rate": rate, "size": size})
    return found


def stylegan3(side=32, w=6, z=6, channels=3, radial=False, margin=4, told=True) -> Node:
    """Configuration T, or R if radial. told: whether layers carry what they state of themselves, as real files do."""
    line = signals(side, margin)
    kernel = 1 if radial else 3
    kwargs: dict[str, Any] = {
        "margin_size": margin,
        "use_radial_filters": radial,
        "conv_kernel": kernel,
        "num_layers": LAYERS,
        "num_critical": CRITICAL,
    }
    of_synthesis = {"num_critical": CRITICAL, "output_scale": 0.25, "margin_size": margin}
    made_with = {"w_dim": w, "img_resolution": side, "img_channels": 3, **kwargs}
    synthesis = Node("SynthesisNetwork", made_with, **(of_synthesis if told else {}))
    of_input = {
        "channels": channels,
        "sampling_rate": np.float64(line[0]["rate"]),
        "size": _square(line[0]["size"]),
        "bandwidth": np.float64(line[0]["cutoff"]),
    }
    fourier = Node("SynthesisInput", {"w_dim": w}, **(of_input if told else {}))
    fourier.parameters["weight"] = rand(channels, channels)
    turn = torch.eye(3)
    turn[0, 2] = 0.1
    fourier.buffers |= {"transform": turn, "freqs": torch.randn(channels, 2) * 2, "phases": torch.rand(channels) - 0.5}
    fourier.modules["affine"] = dense(w, 4)
    synthesis.modules["input"] = fourier
    fed = channels
    for index in range(LAYERS + 1):
        before, after = line[max(index - 1, 0)], line[index]
        colours = index == LAYERS
        out = 3 if colours else channels + index % 2
        own = {
            "is_torgb": colours,
            "is_critically_sampled": index >= LAYERS - CRITICAL,
            "conv_clamp": 256,
            "in_size": _square(before["size"]),
            "out_size": _square(after["size"]),
            "in_sampling_rate": before["rate"],
            "out_sampling_rate": after["rate"],
            "in_cutoff": np.float64(before["cutoff"]),
            "out_cutoff": np.float64(after["cutoff"]),
            "in_half_width": np.float64(before["half"]),
            "out_half_width": np.float64(after["half"]),
        }
        layer = Node("SynthesisLayer", kwargs if told else {}, **(own if told else {}))
        size = 1 if colours else kernel
        layer.parameters |= {"weight": rand(out, fed, size, size), "bias": rand(out)}
        layer.buffers["magnitude_ema"] = torch.rand([]) + 0.5
        if told:
            for name, taps in zip(("up_filter", "down_filter"), filters(line, index, radial), strict=True):
                layer.buffers[name] = None if taps is None else torch.tensor(taps).float()
        layer.modules["affine"] = dense(w, fed)
        synthesis.modules[f"L{index}_{after['size']}_{out}"], fed = layer, out
    generator = Node("Generator", {"z_dim": z, "c_dim": 0, "w_dim": w, **kwargs}, z_dim=z, c_dim=0, img_resolution=side)
    generator.modules |= {"synthesis": synthesis, "mapping": mapping(z, w, 2, LAYERS + 2)}
    return generator


def _square(side):
    return np.broadcast_to(np.asarray(side), [2])


def factors(line, index) -> tuple[int, int]:
    before, after = line[max(index - 1, 0)]["rate"], line[index]["rate"]
    rate = max(before, after) * (1 if index == LAYERS else 2)
    return rate // before, rate // after


def filters(line, index, radial):
    """The layer's upsampling and downsampling filters: Kaiser's window over a sinc, or over a jinc (appendix C.1)."""
    before, after = line[max(index - 1, 0)], line[index]
    up, down = factors(line, index)
    rate = before["rate"] * up
    raising = firwin(6 * up, before["cutoff"], width=2 * before["half"], fs=rate) if up > 1 else None
    if down == 1:
        return raising, None
    if not radial or index >= LAYERS - CRITICAL:
        return raising, firwin(6 * down, after["cutoff"], width=2 * after["half"], fs=rate)
    count = 6 * down
    window = np.kaiser(count, kaiser_beta(kaiser_atten(count, 2 * after["half"] / (rate / 2))))
    taps = np.zeros((count, count))
    for row in range(count):
        for column in range(count):
            distance = math.hypot(row - (count - 1) / 2, column - (count - 1) / 2) / rate
            taps[row, column] = j1(2 * after["cutoff"] * math.pi * distance) / (math.pi * distance)
            taps[row, column] *= window[row] * window[column]
    return raising, taps / taps.sum()


def features(t, w, line) -> np.ndarray:
    """Sines at each pixel of the plane, which is turned and shifted by the style (appendix F)."""
    path = "synthesis.input"
    learned = style(t, path, w)
    learned = learned / np.hypot(learned[0], learned[1])
    turn = np.array([[learned[0], -learned[1], 0], [learned[1], learned[0], 0], [0, 0, 1]])
    shift = np.array([[1, 0, -learned[2]], [0, 1, -learned[3]], [0, 0, 1]])
    whole = turn @ shift @ t[f"{path}.transform"]
    size, rate, band = line[0]["size"], line[0]["rate"], line[0]["cutoff"]
    waves = np.zeros((len(t[f"{path}.freqs"]), size, size))
    for channel, (frequency, phase) in enumerate(zip(t[f"{path}.freqs"], t[f"{path}.phases"], strict=True)):
        moved = frequency @ whole[:2, :2]
        begun = phase + frequency @ whole[:2, 2]
        height = np.clip(1 - (np.hypot(*moved) - band) / (rate / 2 - band), 0, 1)
        for row in range(size):
            for column in range(size):
                x, y = (column + 0.5 - size / 2) / rate, (row + 0.5 - size / 2) / rate
                waves[channel, row, column] = height * math.sin(2 * math.pi * (moved @ (x, y) + begun))
    weight = t[f"{path}.weight"]
    return np.einsum("oc,chw->ohw", weight / math.sqrt(len(weight)), waves)


def in_both(x, taps) -> np.ndarray:
    whole = np.outer(taps, taps) if taps.ndim == 1 else taps
    return np.stack([convolve2d(one, whole, "valid") for one in x])


def layer(t, path, index, x, w, line, radial) -> np.ndarray:
    colours = index == LAYERS
    weight, scale = t[f"{path}.weight"], style(t, path, w)
    if colours:
        weight = weight * (scale / math.sqrt(weight[0].size))[None, :, None, None]
    else:
        weight = weight / np.sqrt((weight**2).mean((1, 2, 3), keepdims=True))
        weight = weight * (scale / np.sqrt((scale**2).mean()))[None, :, None, None]
        weight = weight / np.sqrt((weight**2).sum((1, 2, 3), keepdims=True) + 1e-8)
    x = convolved(x, weight / np.sqrt(t[f"{path}.magnitude_ema"])) + t[f"{path}.bias"][:, None, None]
    up, down = factors(line, index)
    raising, lowering = filters(line, index, radial)
    wide = spread(x, up)
    taps = [1 if one is None else len(one) for one in (raising, lowering)]
    total = (line[index]["size"] - 1) * down + 1 - wide.shape[1] + taps[0] - 1 + taps[1] - 1
    low = (total + up) // 2
    high = total - low
    wide = np.pad(wide, ((0, 0), (max(low, 0), max(high, 0)), (max(low, 0), max(high, 0))))
    wide = wide[:, max(-low, 0) : wide.shape[1] - max(-high, 0), max(-low, 0) : wide.shape[2] - max(-high, 0)]
    x = wide if raising is None else in_both(wide, raising * up if raising.ndim == 1 else raising * up**2)
    if not colours:
        x = np.where(x > 0, x, 0.2 * x) * math.sqrt(2)
    x = np.clip(x, -256, 256)
    x = x if lowering is None else in_both(x, lowering)
    return x[:, ::down, ::down]


def drawn3(node: Node, styles: np.ndarray, side=32, radial=False, margin=4) -> np.ndarray:
    """StyleGAN3's image (3, R, R) of styles (L, K)."""
    t, line = node.tensors(), signals(side, margin)
    x = features(t, styles[0], line)
    names = [name for name in node.modules["synthesis"].modules if name.startswith("L")]
    for index, name in enumerate(names):
        x = layer(t, f"synthesis.{name}", index, x, styles[index + 1], line, radial)
    return x * 0.25
