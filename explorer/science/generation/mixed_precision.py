"""MobileStyleGAN in bfloat16: what a search draws by, in half the time, where the processor multiplies such numbers.

The pictures differ from those in single precision by a three-hundredth of their range (50 dB and more), their
gradients by less than 0.0002 in cosine. What is shown in the end and scored is always drawn in single precision.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from explorer.science.generation.generator import Generator, remaining_style
from explorer.science.generation.mixed_layers import enlarged, in_blocks, product, separable
from explorer.science.generation.mobilestylegan import (
    BLOCKS,
    NATIVE_RESOLUTION,
    Modulation,
    StyledConvolution,
    SynthesisBlock,
    SynthesisNetwork,
)
from explorer.science.generation.preview import PreviewHead, Residual, coloured
from explorer.science.generation.styled import SLOPE
from explorer.science.generation.wavelets import inverse_haar

Draw = Callable[[Tensor, int], Tensor]
_AVERAGES = 3


@cache
def multiplies_bfloat16() -> bool:
    """Whether the processor has units for matrices of bfloat16 (AMX); without, such products take longer than others.

    Example:
        >>> from explorer.science.generation import multiplies_bfloat16
        >>> multiplies_bfloat16() in (True, False)
        True
    """
    return bool(torch.cpu.get_capabilities().get("amx_bf16", False))


def drawing(generator: Generator, *, mixed: bool) -> Draw:
    """What draws the steps of a search: styles (B, L, K) and a resolution to images (B, 3, R, R) in [0, 1].

    Args:
        mixed: whether bfloat16 is wanted; it is taken where the processor has units for it and the generator, on the
            CPU, is MobileStyleGAN.

    Example:
        >>> from explorer.science.generation import drawing
        >>> generator = networks.generator()
        >>> styles = generator.styles(generator.mean_w[None], "W")
        >>> drawing(generator, mixed=False)(styles, 256).shape
        torch.Size([1, 3, 256, 256])
    """
    return MixedPrecision(generator).image if mixed and draws_mixed(generator) else generator.image


def draws_mixed(generator: Generator) -> bool:
    """Whether `drawing` of mixed precision draws a generator's pictures in bfloat16 here.

    Example:
        >>> from explorer.science.generation import draws_mixed, multiplies_bfloat16
        >>> draws_mixed(networks.generator()) == multiplies_bfloat16()
        True
    """
    # One that draws otherwise from the same synthesis is another generator.
    ours = type(generator) is Generator and isinstance(generator.synthesis, SynthesisNetwork)
    return ours and generator.mean_w.device.type == "cpu" and multiplies_bfloat16()


@dataclass(frozen=True, eq=False)
class _Convolution:
    """A styled convolution's constants, as `separable` takes them."""

    modulation: Modulation
    depthwise: Tensor
    flipped: Tensor
    kernel: Tensor
    bias: Tensor
    noise: Tensor

    def __call__(self, x: Tensor, w: Tensor) -> Tensor:
        gain = self.modulation(w).flatten(1)
        return separable(x, gain, self.depthwise, self.flipped, self.kernel, self.bias, self.noise)

    def ordered(self, order: Tensor) -> _Convolution:
        """The same with its outputs in another order."""
        return _Convolution(
            self.modulation, self.depthwise, self.flipped, self.kernel[order], self.bias[order], self.noise
        )


class MixedPrecision:
    """Draws MobileStyleGAN's faces in bfloat16 with channels last; styles, gains and kernels stay in single precision.

    Args:
        generator: whose synthesis is MobileStyleGAN's, on the CPU.
        precision: of the pictures between the layers.

    Example:
        >>> import torch
        >>> from explorer.science.generation import MixedPrecision
        >>> generator = networks.generator()
        >>> styles = generator.styles(generator.mean_w[None], "W")
        >>> exact, quick = generator.image(styles, 128), MixedPrecision(generator).image(styles, 128)
        >>> bool((exact - quick).square().mean() < 1e-4)
        True
    """

    def __init__(self, generator: Generator, precision: torch.dtype = torch.bfloat16) -> None:
        self._generator, self._precision = generator, precision
        synthesis = generator.synthesis
        self._convolutions: list[tuple[_Convolution, _Convolution]] = []
        self._orders: list[Tensor] = []
        channels = synthesis.stem.get_buffer("kernel").shape[0]
        for index in range(BLOCKS):
            block = cast(SynthesisBlock, synthesis.blocks[index])
            self._orders.append(in_blocks(channels))
            self._convolutions.append((self._prepared(block.first), self._prepared(block.second)))
            channels = block.second.get_buffer("kernel").shape[0]
        heads = {int(name): head for name, head in generator.heads.items() if isinstance(head, PreviewHead)}
        self._heads = {resolution: _Head(head, precision) for resolution, head in heads.items()}

    def image(self, styles: Tensor, resolution: int) -> Tensor:
        """As `Generator.image`; of the native resolution it is just that."""
        if resolution == NATIVE_RESOLUTION or resolution not in {*self._heads, NATIVE_RESOLUTION // 2}:
            return self._generator.image(styles, resolution)
        head = self._heads.get(resolution)
        if head is not None:
            signed = head(self._features(styles, head.blocks), remaining_style(styles, head.blocks))
        else:
            signed = self._half(self._features(styles, BLOCKS), styles[:, -1])
        return (signed * 0.5 + 0.5).clamp(0, 1)

    def _prepared(self, layer: StyledConvolution) -> _Convolution:
        depthwise = layer.get_buffer("depthwise")
        return _Convolution(
            layer.modulation,
            self._rounded(depthwise),
            self._rounded(depthwise.flip(2, 3)),
            layer.get_buffer("kernel").flatten(1),
            layer.get_buffer("bias"),
            layer.get_buffer("noise").reshape(-1, 1).to(self._precision),
        )

    def _rounded(self, x: Tensor) -> Tensor:
        return _rounded(x, self._precision)

    def _features(self, styles: Tensor, blocks: int) -> Tensor:
        """The features after so many blocks, with channels last."""
        synthesis = self._generator.synthesis
        constant = synthesis.get_buffer("constant").expand(len(styles), -1, -1, -1)
        x = self._rounded(synthesis.stem(constant, styles[:, 0])[:, self._orders[0]])
        for index in range(blocks):
            first, second = self._convolutions[index]
            own, up = styles[:, 1 + 3 * index : 4 + 3 * index], cast(SynthesisBlock, synthesis.blocks[index]).up
            x = enlarged(x, up(own[:, 0]).flatten(1)[:, self._orders[index]])
            x = first(x, own[:, 1])
            # The next block wants the bands in blocks: its order is that of this one's outputs.
            x = (second if index + 1 == blocks else second.ordered(self._orders[index + 1]))(x, own[:, 2])
        return x

    def _half(self, features: Tensor, w: Tensor) -> Tensor:
        """As `SynthesisNetwork.forward_half`."""
        layer = self._generator.synthesis.to_image
        kernel, bias = layer.get_buffer("kernel")[:_AVERAGES].flatten(1), layer.get_buffer("bias")[:_AVERAGES]
        return product(features, layer.modulation(w).flatten(1), kernel, bias).float().contiguous() * 0.5


class _Head:
    """A preview head, as `PreviewHead`: its own small picture's last steps are made in single precision."""

    def __init__(self, head: PreviewHead, precision: torch.dtype) -> None:
        self.blocks = head.blocks
        self._head, self._precision = head, precision
        self._first, self._second = self._prepared(head.first), self._prepared(head.second)
        self._residuals = [cast(Residual, residual) for residual in head.residuals]
        self._spread = [self._prepared(residual.spread) for residual in self._residuals]

    def _prepared(self, layer: nn.Conv2d) -> tuple[Tensor, Tensor]:
        assert layer.bias is not None
        return _rounded(layer.weight.detach(), self._precision), layer.bias.detach().to(self._precision)

    def __call__(self, features: Tensor, w: Tensor) -> Tensor:
        """(B, C, R/2, R/2) with channels last and (B, 512) to (B, 3, R, R) float32, not clamped."""
        head = self._head
        style = w if head.style is None else head.style(w)
        both = product(features, head.gain(w), *_joined(head.linear, head.reduce))
        linear, reduced = both.split((head.linear.out_channels, head.reduce.out_channels), 1)
        gain = head.hidden_gain(style)[:, :, None, None].to(self._precision)
        hidden = F.leaky_relu(reduced, SLOPE) * gain
        for kernel, bias in (self._first, self._second):
            hidden = F.leaky_relu_(F.conv2d(hidden, kernel, bias, padding=1), SLOPE)
        for (kernel, bias), residual in zip(self._spread, self._residuals, strict=True):
            spread = F.conv2d(hidden, kernel, bias, padding=1, groups=hidden.shape[1])
            wide = F.leaky_relu(product(spread, None, *_joined(residual.widen)), SLOPE)
            hidden = hidden + product(wide, residual.gain(style), *_joined(residual.narrow))
        bands = linear.float() + product(hidden, None, *_joined(head.correction)).float() + head.constant
        image = inverse_haar(bands.contiguous())
        return image if head.colours is None else coloured(image, head.colours(style))


def _rounded(x: Tensor, precision: torch.dtype) -> Tensor:
    return x.to(precision).contiguous(memory_format=torch.channels_last)


def _joined(*layers: nn.Conv2d) -> tuple[Tensor, Tensor]:
    """Kernels (C', C) and biases (C',) of convolutions of 1 x 1, one behind the other."""
    biases = [layer.bias.detach() for layer in layers if layer.bias is not None]
    return torch.cat([layer.weight.detach().flatten(1) for layer in layers]), torch.cat(biases)
