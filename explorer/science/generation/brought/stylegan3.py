"""StyleGAN3's synthesis (Karras et al. 2021, arXiv:2106.12423), configurations T and R.

Signals are kept free of aliases: Fourier features, turned and shifted as the first style says, go through layers that
each convolve, and apply their leaky ReLU at a higher sampling rate between two low-pass filters.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy.signal
import scipy.special
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from explorer.science.generation.brought.operators import (
    Dense,
    ModulatedConvolution,
    Pads,
    filtered,
    refuse_large,
    upsampled,
)
from explorer.science.generation.brought.parts import Part
from explorer.science.networks.errors import NetworkFileError

_LARGEST, _MOST_LAYERS, _MOST_TAPS = 2048, 64, 256
_EPSILON = 1e-8


@dataclass(frozen=True)
class Signal:
    """What a layer's signal is: sides in pixels, pixels in the unit of length, cutoff and half a transition band."""

    side: int
    rate: int
    cutoff: float
    half_width: float


class Synthesis(nn.Module):
    """Styles to an image.

    Args:
        part: with parts input, L0_..., L1_..., as StyleGAN3 names them. width: of a style.
        resolution: the side of its images. size: taps of a filter in each pixel, where a layer does not say.

    Raises:
        NetworkFileError: it is no such network.
    """

    def __init__(self, part: Part, width: int, resolution: int) -> None:
        super().__init__()
        if not 16 <= resolution <= _LARGEST:
            raise NetworkFileError(f"its images have {resolution} px, not 16 to {_LARGEST}")
        names = sorted((name for name in part.parts if _number(name) is not None), key=lambda name: _number(name) or 0)
        if not 3 <= len(names) <= _MOST_LAYERS:
            raise NetworkFileError("its synthesis has no layers L0_..., L1_... of StyleGAN3")
        critical = part.count("num_critical", 2, 0, len(names) - 2)
        signals = _signals(part, resolution, len(names) - 1, critical)
        self.input = FourierFeatures(part.part("input"), width, signals[0])
        layers: list[Layer] = []
        channels = self.input.channels
        for index, name in enumerate(names):
            layer = Layer(
                _inheriting(part.part(name), part),
                width,
                channels,
                (signals[max(index - 1, 0)], signals[index]),
                critical=index >= len(names) - 1 - critical,
                coloured=index == len(names) - 1,
            )
            channels = layer.outputs
            layers.append(layer)
        self.layers = nn.ModuleList(layers)
        self.scale = part.number("output_scale", 0.25, 1e-6, 1e6)
        self.resolution, self.colours = layers[-1].side, channels
        self.style_layers = len(layers) + 1

    def forward(self, styles: Tensor, random: torch.Generator | None = None) -> Tensor:
        """(B, L, K) to (B, 1 or 3, R, R), about [-1, 1]; there is no noise in it that `random` could draw."""
        x: Tensor = self.input(styles[:, 0])
        for index, layer in enumerate(self.layers):
            x = layer(x, styles[:, index + 1])
        return x * self.scale


class FourierFeatures(nn.Module):
    """Sines over the picture's plane, turned and shifted by the style, and mixed (appendix F)."""

    def __init__(self, part: Part, width: int, signal: Signal) -> None:
        super().__init__()
        frequencies = part.tensor("freqs", None, 2)
        self.channels = len(frequencies)
        self.affine = Dense(part.part("affine"), width)
        if self.affine.outputs != 4:
            raise NetworkFileError(f"{part.path}.affine gives {self.affine.outputs} numbers, not 4")
        self.side = part.side("size", signal.side)
        self.rate = part.number("sampling_rate", signal.rate, 1, 8192)
        self.band = part.number("bandwidth", signal.cutoff, 1e-3, 8192)
        own = part.optional("transform")
        self.register_buffer("transform", torch.eye(3) if own is None else part.tensor("transform", 3, 3))
        self.register_buffer("frequencies", frequencies)
        self.register_buffer("phases", part.tensor("phases", self.channels))
        weight = part.tensor("weight", self.channels, self.channels)
        self.register_buffer("weight", weight / self.channels**0.5)
        # Pixel centres, from -side / 2 to side / 2 pixels around the middle, in units of length.
        line = (torch.arange(self.side, dtype=torch.float64) + 0.5 - self.side / 2) / self.rate
        self.register_buffer("line", line.float())

    def forward(self, w: Tensor) -> Tensor:
        """(B, K) to (B, C, S, S)."""
        learned = self.affine(w)
        cosine, sine, shift_x, shift_y = (learned / learned[:, :2].norm(dim=1, keepdim=True)).unbind(1)
        one, zero = torch.ones_like(cosine), torch.zeros_like(cosine)
        turn = torch.stack((cosine, -sine, zero, sine, cosine, zero, zero, zero, one), 1).view(-1, 3, 3)
        shift = torch.stack((one, zero, -shift_x, zero, one, -shift_y, zero, zero, one), 1).view(-1, 3, 3)
        whole = turn @ shift @ self.get_buffer("transform")
        waves = self.get_buffer("frequencies")
        phases = self.get_buffer("phases") + (waves @ whole[:, :2, 2:]).squeeze(2)
        waves = waves @ whole[:, :2, :2]
        # What the transform brings out of the band is damped.
        excess = (waves.norm(dim=2) - self.band) / (self.rate / 2 - self.band)
        amplitudes = (1 - excess).clamp(0, 1)
        line = self.get_buffer("line")
        along = waves[:, :, 0, None] * line  # (B, C, S)
        down = waves[:, :, 1, None] * line + phases[:, :, None]
        x = torch.sin(2 * math.pi * (along[:, :, None, :] + down[:, :, :, None])) * amplitudes[:, :, None, None]
        return F.conv2d(x, self.get_buffer("weight")[:, :, None, None])


class Layer(nn.Module):
    """A modulated convolution, and a leaky ReLU between an upsampling and a downsampling filter."""

    def __init__(
        self, part: Part, width: int, inputs: int, signals: tuple[Signal, Signal], *, critical: bool, coloured: bool
    ) -> None:
        super().__init__()
        before, after = (_signal(part, kind, signal) for kind, signal in zip(("in", "out"), signals, strict=True))
        coloured = part.flag("is_torgb", coloured)
        weight = part.tensor("weight", None, inputs, None, None)
        self.outputs, kernel = len(weight), weight.shape[-1]
        if weight.shape[-2] != kernel or kernel > 9:
            raise NetworkFileError(f"{part.path}.weight has a kernel of {tuple(weight.shape[2:])}")
        self.affine = Dense(part.part("affine"), width)
        if self.affine.outputs != inputs:
            raise NetworkFileError(f"{part.path}.affine gives {self.affine.outputs} numbers for {inputs} channels")
        self.coloured, self.padding, self.side = coloured, kernel - 1, after.side
        refuse_large(self.outputs, self.side)
        self.clamp = part.limit("conv_clamp", 256)
        self.register_buffer("bias", part.tensor("bias", self.outputs)[:, None, None])
        magnitude = part.optional("magnitude_ema")
        self.register_buffer("gain", torch.ones(1) if magnitude is None else magnitude.reshape(1).rsqrt())
        if coloured:
            weight = weight / (inputs * kernel**2) ** 0.5
        else:
            weight = weight * weight.square().mean((1, 2, 3), keepdim=True).rsqrt()
        self.convolution = ModulatedConvolution(weight, demodulated=not coloured)
        rate = max(before.rate, after.rate) * (1 if coloured else part.count("lrelu_upsampling", 2, 1, 8))
        self.up, self.down = rate // before.rate, rate // after.rate
        if self.up * before.rate != rate or self.down * after.rate != rate or max(self.up, self.down) > 16:
            raise NetworkFileError(f"{part.path} has sampling rates that do not divide each other")
        size = part.count("filter_size", 6, 1, 32)
        radial = part.flag("use_radial_filters", False) and not part.flag("is_critically_sampled", critical)
        counts = [1 if coloured or factor == 1 else size * factor for factor in (self.up, self.down)]
        up_taps = _taps(part, "up_filter", counts[0], before, rate, radial=False)
        down_taps = _taps(part, "down_filter", counts[1], after, rate, radial=radial)
        self.register_buffer("up_taps", up_taps)
        self.register_buffer("down_taps", down_taps)
        self.pads = self._pads(before.side, kernel, [1 if taps is None else len(taps) for taps in (up_taps, down_taps)])

    def _pads(self, side: int, kernel: int, counts: list[int]) -> Pads:
        """How much is added on each side for the output to have its size, shifted as appendix C.3 says."""
        total = (self.side - 1) * self.down + 1 - (side + kernel - 1) * self.up + sum(counts) - 2
        low = (total + self.up) // 2
        if not -2 * _LARGEST < total < 2 * _LARGEST:
            raise NetworkFileError("its layers have sizes that do not follow each other")
        return low, total - low, low, total - low

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        """(B, C, S, S) and (B, K) to (B, C', S', S')."""
        style = self.affine(w)
        if not self.coloured:
            style = style * style.square().mean(1, keepdim=True).rsqrt()
        # The gain is no part of what is demodulated.
        x = self.convolution(x * self.get_buffer("gain"), style, self.padding) + self.get_buffer("bias")
        x = upsampled(x, self._buffers["up_taps"], self.up, self.pads)
        if not self.coloured:
            x = F.leaky_relu(x, 0.2) * 2**0.5
        if self.clamp is not None:
            x = x.clamp(-self.clamp, self.clamp)
        return filtered(x, self._buffers["down_taps"], self.down)


def low_pass(count: int, signal: Signal, rate: int, *, radial: bool) -> Tensor:
    """A low-pass filter by Kaiser's window, of sum 1 (appendix C.1).

    Args:
        count: its taps. signal: what it keeps. rate: pixels in the unit of length where it is applied.
        radial: the same in all directions, as configuration R has it.

    Returns:
        (count,), to be applied in both directions, or (count, count) if radial.
    """
    if not radial:
        taps: NDArray[np.float64] = scipy.signal.firwin(
            count, cutoff=signal.cutoff, width=2 * signal.half_width, fs=rate
        )
        return torch.from_numpy(np.ascontiguousarray(taps)).float()
    line = (np.arange(count) - (count - 1) / 2) / rate
    distance = np.hypot(line[:, None], line[None, :])
    with np.errstate(invalid="ignore", divide="ignore"):
        jinc = scipy.special.j1(2 * signal.cutoff * np.pi * distance) / (np.pi * distance)
    jinc[distance == 0] = signal.cutoff
    attenuation = scipy.signal.kaiser_atten(count, 2 * signal.half_width / (rate / 2))
    window = np.kaiser(count, scipy.signal.kaiser_beta(attenuation))
    taps = jinc * np.outer(window, window)
    return torch.from_numpy(taps / taps.sum()).float()


def _taps(part: Part, name: str, count: int, signal: Signal, rate: int, *, radial: bool) -> Tensor | None:
    """The file's own filter where it carries one, which then counts; else the filter as the paper designs it."""
    own = part.optional(name)
    if own is not None:
        if own.ndim not in (1, 2) or own.shape[0] != own.shape[-1] or own.shape[0] > _MOST_TAPS:
            raise NetworkFileError(f"{part.path}.{name} is no filter: its shape is {tuple(own.shape)}")
        return own
    return None if count == 1 else low_pass(count, signal, rate, radial=radial)


def _signals(part: Part, resolution: int, layers: int, critical: int) -> list[Signal]:
    """The signal behind each layer and the colours: cutoffs and stopbands in geometric progression (section 3.2)."""
    first, last = part.number("first_cutoff", 2, 0.1, 1024), resolution / 2
    first_stop = part.number("first_stopband", 2**2.1, 0.1, 4096)
    last_stop = last * part.number("last_stopband_rel", 2**0.3, 1, 16)
    margin = part.count("margin_size", 10, 0, 128)
    signals = []
    for index in range(layers + 1):
        exponent = min(index / (layers - critical), 1)
        cutoff, stop = first * (last / first) ** exponent, first_stop * (last_stop / first_stop) ** exponent
        rate = 2 ** math.ceil(math.log2(min(2 * stop, resolution)))
        side = resolution if index >= layers - 1 else rate + 2 * margin
        signals.append(Signal(side, rate, cutoff, max(stop, rate / 2) - cutoff))
    return signals


def _signal(part: Part, kind: str, signal: Signal) -> Signal:
    """A layer's own word on its signal, where its file has it, over what follows from the network's arguments."""
    return Signal(
        part.side(f"{kind}_size", signal.side),
        part.count(f"{kind}_sampling_rate", signal.rate, 1, 8192),
        part.number(f"{kind}_cutoff", signal.cutoff, 1e-3, 8192),
        part.number(f"{kind}_half_width", signal.half_width, 1e-6, 8192),
    )


def _inheriting(part: Part, network: Part) -> Part:
    """A layer with what the network was made with, which it hands on to its layers."""
    handed = {"conv_kernel", "filter_size", "lrelu_upsampling", "use_radial_filters", "conv_clamp"}
    arguments = {name: value for name, value in network.arguments.items() if name in handed} | dict(part.arguments)
    return Part(part.path, part.kind, part.tensors, part.parts, arguments, part.budget)


def _number(name: str) -> int | None:
    number = name[1:].partition("_")[0]
    return int(number) if name[:1] == "L" and number.isdigit() and len(number) < 4 else None
