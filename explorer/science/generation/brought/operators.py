"""What StyleGAN's networks are made of: filters that change the sampling, activations, dense and modulated layers."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from explorer.science.generation.brought.parts import Part
from explorer.science.networks.errors import NetworkFileError

Pads = tuple[int, int, int, int]
_EPSILON = 1e-8
_ROOT = 2**0.5
_MOST_LAYERS = 64
# Twice as many numbers as those of a StyleGAN3 of 1024 px.
_MOST_FEATURES = 1 << 28

# By its makers' names, each with the gain that keeps the magnitude.
_ACTIVATIONS: Mapping[str, tuple[Callable[[Tensor], Tensor], float]] = {
    "linear": (lambda x: x, 1.0),
    "relu": (F.relu, _ROOT),
    "lrelu": (lambda x: F.leaky_relu(x, 0.2), _ROOT),
    "tanh": (torch.tanh, 1.0),
    "sigmoid": (torch.sigmoid, 1.0),
    "elu": (F.elu, 1.0),
    "selu": (F.selu, 1.0),
    "softplus": (F.softplus, 1.0),
    "swish": (lambda x: x * x.sigmoid(), _ROOT),
}


class Activation:
    """Activation, gain and clamp, in this order.

    Raises:
        NetworkFileError: there is no activation of that name.
    """

    def __init__(self, name: str, gain: float = 1.0, clamp: float | None = None) -> None:
        if name not in _ACTIVATIONS:
            raise NetworkFileError(f"it has an activation that is not known: {name!r}")
        self._function, own = _ACTIVATIONS[name]
        self._gain, self._clamp = own * gain, None if clamp is None else clamp * gain

    def __call__(self, x: Tensor) -> Tensor:
        """Apply it to features whose bias is added."""
        result = self._function(x) * self._gain
        return result if self._clamp is None else result.clamp(-self._clamp, self._clamp)


def upsampled(x: Tensor, taps: Tensor | None, factor: int, pads: Pads) -> Tensor:
    """Insert zeros behind each pixel, pad, and convolve; brightness is kept.

    Args:
        x: (B, C, H, W). taps: (T,) of both directions, (T, T), or None for no filter.
        factor: pixels for each. pads: left, right, top, bottom, of the enlarged image; negative ones crop.

    Returns:
        (B, C, H * factor + top + bottom - T + 1, ...).
    """
    kernel = x.new_ones(1) if taps is None else taps * (factor if taps.ndim == 1 else factor**2)
    size = kernel.shape[-1]
    flat = x.flatten(0, 1)[:, None]
    if kernel.ndim == 1:
        flat = F.conv_transpose2d(flat, kernel[None, None, :, None], stride=(factor, 1))
        flat = F.conv_transpose2d(flat, kernel[None, None, None, :], stride=(1, factor))
    else:
        flat = F.conv_transpose2d(flat, kernel[None, None], stride=factor)
    # The transposed convolution ends with the last pixel's filter: the zeros behind that pixel are not in it.
    left, right, top, bottom = pads
    first, last = size - 1, factor - size
    flat = F.pad(flat, (left - first, right + last, top - first, bottom + last))
    return flat.view(*x.shape[:2], *flat.shape[2:])


def filtered(x: Tensor, taps: Tensor | None, factor: int = 1, pads: Pads = (0, 0, 0, 0)) -> Tensor:
    """Pad, convolve, and keep each factor-th pixel.

    Args:
        x: (B, C, H, W). taps: (T,) of both directions, (T, T), or None for no filter. pads: left, right, top, bottom.
    """
    flat = x.flatten(0, 1)[:, None]
    if any(pads):
        flat = F.pad(flat, pads)
    if taps is None:
        flat = flat[:, :, ::factor, ::factor]
    elif taps.ndim == 1:
        flat = F.conv2d(flat, taps.flip(0)[None, None, :, None], stride=(factor, 1))
        flat = F.conv2d(flat, taps.flip(0)[None, None, None, :], stride=(1, factor))
    else:
        flat = F.conv2d(flat, taps.flip(0, 1)[None, None], stride=factor)
    return flat.reshape(*x.shape[:2], *flat.shape[2:])


class Dense(nn.Module):
    """A dense layer with equalised learning rate: weights are divided by sqrt(inputs); both have the multiplier."""

    def __init__(self, part: Part, width: int, activation: str = "linear", multiplier: float = 1.0) -> None:
        super().__init__()
        weight = part.tensor("weight", None, width)
        bias = part.optional("bias")
        self.register_buffer("weight", weight * (multiplier / width**0.5))
        self.register_buffer("bias", None if bias is None else part.tensor("bias", len(weight)) * multiplier)
        self._activation = Activation(activation)

    @property
    def outputs(self) -> int:
        """How many numbers it gives."""
        return len(self.get_buffer("weight"))

    def forward(self, x: Tensor) -> Tensor:
        """(..., I) to (..., O)."""
        return self._activation(F.linear(x, self.get_buffer("weight"), self._buffers["bias"]))


class ModulatedConvolution(nn.Module):
    """A convolution whose input channels are scaled by a style, and whose outputs are brought to unit variance.

    Of the modulated weight w' = s w, demodulation is by sqrt(sum w'^2 + 1e-8) (StyleGAN2, equations 1 and 3). Input and
    output are scaled in its place: the same, and no weight is made for each image.
    """

    def __init__(self, weight: Tensor, *, demodulated: bool = True) -> None:
        super().__init__()
        self.register_buffer("weight", weight)
        self.register_buffer("power", weight.square().sum((2, 3)) if demodulated else None)

    def forward(self, x: Tensor, style: Tensor, padding: int = 0) -> Tensor:
        """(B, I, H, W) and style (B, I) to (B, O, H, W)."""
        return self._out(F.conv2d(self._in(x, style), self.get_buffer("weight"), padding=padding), style)

    def enlarged(self, x: Tensor, style: Tensor) -> Tensor:
        """As a transposed convolution of stride 2, unpadded: (B, O, 2H + k - 2, ...)."""
        transposed = self.get_buffer("weight").transpose(0, 1)
        return self._out(F.conv_transpose2d(self._in(x, style), transposed, stride=2), style)

    def _in(self, x: Tensor, style: Tensor) -> Tensor:
        return x * style[:, :, None, None]

    def _out(self, x: Tensor, style: Tensor) -> Tensor:
        power = self._buffers["power"]
        if power is None:
            return x
        return x * (style.square() @ power.T + _EPSILON).rsqrt()[:, :, None, None]


def normalised(z: Tensor) -> Tensor:
    """Latents (B, K) of unit mean square."""
    return z * (z.square().mean(1, keepdim=True) + _EPSILON).rsqrt()


class StyleMapping(nn.Module):
    """Z to W: normalise, then dense layers, as StyleGAN2 and StyleGAN3 have them."""

    def __init__(self, part: Part, width: int) -> None:
        super().__init__()
        names = sorted(
            (name for name in part.parts if name[:2] == "fc" and name[2:].isdigit()), key=lambda n: int(n[2:])
        )
        if not names or len(names) > _MOST_LAYERS:
            raise NetworkFileError("its mapping network has no layers fc0, fc1, ...")
        activation, multiplier = part.word("activation", "lrelu"), part.number("lr_multiplier", 0.01, 1e-6, 100)
        layers: list[Dense] = []
        size = width
        for name in names:
            layer = part.part(name)
            own = layer.number("lr_multiplier", layer.number("bias_gain", multiplier, 1e-6, 100), 1e-6, 100)
            layers.append(Dense(layer, size, layer.word("activation", activation), own))
            size = layers[-1].outputs
        self.layers = nn.ModuleList(layers)
        self.outputs = size

    def forward(self, z: Tensor) -> Tensor:
        """(B, K) to (B, K')."""
        x = normalised(z)
        for layer in self.layers:
            x = layer(x)
        return x


def refuse_large(channels: int, side: int) -> None:
    """Refuse features (channels, side, side) that no known generator has: drawing one picture takes many times as much.

    Raises:
        NetworkFileError: they are larger.
    """
    if channels * side**2 > _MOST_FEATURES:
        raise NetworkFileError(f"it has {channels} channels at {side} px, more than any known generator")
