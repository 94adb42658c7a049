"""StyleGAN2's synthesis (Karras et al. 2020, arXiv:1912.04958; ADA: arXiv:2006.06676) in its three architectures."""

from __future__ import annotations

from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from explorer.science.generation.brought.operators import (
    Activation,
    Dense,
    ModulatedConvolution,
    filtered,
    refuse_large,
    upsampled,
)
from explorer.science.generation.brought.parts import Part
from explorer.science.networks.errors import NetworkFileError

Noise = Literal["const", "none"]
_LARGEST = 2048


class Synthesis(nn.Module):
    """Styles to an image.

    Args:
        part: with parts b4, b8, ... (the first may be larger), each with conv0, conv1, torgb as it has them.
        width: of a style.

    Attributes:
        partial: sides, below its own, of the images that its first blocks sum up to; none in the architectures that
            colour the last block alone.

    Raises:
        NetworkFileError: it is no such network.
    """

    def __init__(self, part: Part, width: int) -> None:
        super().__init__()
        sides = sorted(int(name[1:]) for name in part.parts if name[:1] == "b" and name[1:].isdigit())
        first = sides[0] if sides else 0
        if not sides or sides != [first << step for step in range(len(sides))] or sides[-1] > _LARGEST:
            raise NetworkFileError(f"its synthesis has no blocks b4, b8, ... up to at most b{_LARGEST}")
        blocks: list[Block] = []
        channels = 0
        for side in sides:
            block = Block(part.part(f"b{side}"), width, channels, side, last=side == sides[-1])
            channels = block.channels
            blocks.append(block)
        self.blocks = nn.ModuleList(blocks)
        self._convolutions = [block.convolutions for block in blocks]
        self.sides = tuple(sides)
        # What the colours of the blocks so far sum up to is an image only where each of them adds some.
        coloured = all(block.colour is not None for block in blocks)
        self.partial = tuple(sides[:-1]) if coloured else ()
        self.resolution = sides[-1]
        self.colours = blocks[-1].colours
        self.style_layers = sum(self._convolutions) + 1

    def forward(
        self,
        styles: Tensor,
        random: torch.Generator | None = None,
        noise: Noise = "const",
        until: int | None = None,
    ) -> Tensor:
        """Draw images.

        Args:
            styles: (B, L, K). random: draws fresh noise where given. noise: otherwise the file's own, or none.
            until: the side of the last block that is computed, one of `partial`; the whole network where None.

        Returns:
            (B, 1 or 3, R, R), about [-1, 1]; R is `until` where given: what the blocks that are left out add is not
            in it.
        """
        x: Tensor | None = None
        image: Tensor | None = None
        index = 0
        for block, convolutions in zip(self.blocks, self._convolutions, strict=True):
            # The colours of a block have the style of the next block's first convolution.
            x, image = block(x, image, styles[:, index:], random, noise)
            index += convolutions
            if image is not None and image.shape[-1] == until:
                break
        assert image is not None
        return image

    def without_later(self, styles: Tensor, side: int, random: torch.Generator | None = None) -> Tensor:
        """The average of the native image as it were if the blocks behind a size added no colours.

        Args:
            styles, random: as of `forward`. side: one of `partial`.

        Returns:
            (B, 1 or 3, side, side).
        """
        image = self(styles, random, until=side)
        # Each later block smooths what is there as it enlarges it: three channels, next to nothing beside its features.
        for block in self.blocks[self.sides.index(side) + 1 :]:
            image = _doubled(image, block.get_buffer("taps"))
        return F.interpolate(image, size=(side, side), mode="area")


class Block(nn.Module):
    """One or two convolutions at a resolution, and the colours that they add."""

    def __init__(self, part: Part, width: int, inputs: int, side: int, *, last: bool) -> None:
        super().__init__()
        self.architecture = part.word("architecture", "resnet" if "skip" in part.parts else "skip")
        if self.architecture not in {"skip", "orig", "resnet"}:
            raise NetworkFileError(f"its architecture is not known: {self.architecture!r}")
        residual = bool(inputs) and self.architecture == "resnet"
        gain = 0.5**0.5 if residual else 1.0
        self.register_buffer("taps", _taps(part))
        self.convolutions = 2 if inputs else 1
        self.conv0 = Convolution(part.part("conv0"), width, inputs, side, up=True) if inputs else None
        if self.conv0 is None:
            self.register_buffer("const", part.tensor("const", None, side, side)[None])
        fed = self.get_buffer("const").shape[1] if self.conv0 is None else self.conv0.outputs
        self.conv1 = Convolution(part.part("conv1"), width, fed, side, up=False, gain=gain)
        self.channels = self.conv1.outputs
        refuse_large(self.channels, side)
        coloured = last or self.architecture == "skip"
        self.colour = Colour(part.part("torgb"), width, self.channels) if coloured else None
        self.colours = 0 if self.colour is None else self.colour.outputs
        if residual:
            skip = part.part("skip")
            weight = skip.tensor("weight", self.channels, inputs, 1, 1) * (gain / inputs**0.5)
            self.register_buffer("skip", weight)
            self.register_buffer("skip_taps", _taps(skip))

    def forward(
        self, x: Tensor | None, image: Tensor | None, styles: Tensor, random: torch.Generator | None, noise: Noise
    ) -> tuple[Tensor, Tensor | None]:
        """Features and colours of the block below, (B, C, R/2, R/2), to those of this, (B, C', R, R)."""
        before = x
        if self.conv0 is None or x is None:
            x = self.get_buffer("const").expand(len(styles), -1, -1, -1)
        else:
            x = self.conv0(x, styles[:, 0], random, noise)
        x = self.conv1(x, styles[:, self.convolutions - 1], random, noise)
        if before is not None and "skip" in self._buffers:
            x = x + _doubled(F.conv2d(before, self.get_buffer("skip")), self.get_buffer("skip_taps"))
        if image is not None:
            image = _doubled(image, self.get_buffer("taps"))
        if self.colour is not None:
            added = self.colour(x, styles[:, self.convolutions])
            image = added if image is None else image + added
        assert isinstance(x, Tensor)
        return x, image


class Convolution(nn.Module):
    """A modulated convolution, noise, bias, activation."""

    def __init__(self, part: Part, width: int, inputs: int, side: int, *, up: bool, gain: float = 1.0) -> None:
        super().__init__()
        weight = part.tensor("weight", None, inputs, None, None)
        self.outputs, self.up, self.side = len(weight), up, side
        self.size = weight.shape[-1]
        if weight.shape[-2] != self.size or self.size % 2 == 0 or self.size > 9:
            raise NetworkFileError(f"{part.path}.weight has a kernel of {tuple(weight.shape[2:])}")
        self.affine = Dense(part.part("affine"), width)
        if self.affine.outputs != inputs:
            raise NetworkFileError(f"{part.path}.affine gives {self.affine.outputs} numbers for {inputs} channels")
        self.convolution = ModulatedConvolution(weight)
        self.register_buffer("bias", part.tensor("bias", self.outputs)[:, None, None])
        self.register_buffer("taps", _taps(part) if up else None)
        strength = part.optional("noise_strength") if part.flag("use_noise", True) else None
        self.strength = 0.0 if strength is None else float(strength.reshape(-1)[0])
        self.register_buffer("noise", part.tensor("noise_const", side, side) * self.strength if self.strength else None)
        self._activation = Activation(part.word("activation", "lrelu"), gain, part.limit("conv_clamp", None))

    def forward(self, x: Tensor, w: Tensor, random: torch.Generator | None, noise: Noise) -> Tensor:
        """(B, C, H, W) and (B, K) to (B, C', R, R)."""
        style = self.affine(w)
        if self.up:
            x = self._smoothed(self.convolution.enlarged(x, style))
        else:
            x = self.convolution(x, style, padding=self.size // 2)
        grain = self._grain(x, random, noise)
        x = x + (self.get_buffer("bias") if grain is None else self.get_buffer("bias") + grain)
        return self._activation(x)

    def _smoothed(self, x: Tensor) -> Tensor:
        """Low-pass what was enlarged, cut to twice the size that it had: the sum of its filter's and its kernel's."""
        taps = self.get_buffer("taps")
        size, half = taps.shape[-1], self.size // 2
        low, high = half + (size + 1) // 2 - (self.size - 1), half + (size - 2) // 2 - (self.size - 2)
        return filtered(x, _gained(taps), pads=(low, high, low, high))

    def _grain(self, x: Tensor, random: torch.Generator | None, noise: Noise) -> Tensor | None:
        if not self.strength:
            return None
        if random is not None:
            drawn = torch.randn(len(x), 1, self.side, self.side, generator=random, device=random.device)
            return drawn.to(x) * self.strength
        return self.get_buffer("noise") if noise == "const" else None


class Colour(nn.Module):
    """Features to colours: a modulated 1x1 convolution, which is not demodulated."""

    def __init__(self, part: Part, width: int, inputs: int) -> None:
        super().__init__()
        weight = part.tensor("weight", None, inputs, 1, 1)
        self.outputs = len(weight)
        self.affine = Dense(part.part("affine"), width)
        if self.affine.outputs != inputs:
            raise NetworkFileError(f"{part.path}.affine gives {self.affine.outputs} numbers for {inputs} channels")
        self.convolution = ModulatedConvolution(weight / inputs**0.5, demodulated=False)
        self.register_buffer("bias", part.tensor("bias", self.outputs)[:, None, None])
        self._activation = Activation("linear", 1.0, part.limit("conv_clamp", None))

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        """(B, C, H, W) and (B, K) to (B, 1 or 3, H, W)."""
        return self._activation(self.convolution(x, self.affine(w)) + self.get_buffer("bias"))


def _taps(part: Part) -> Tensor:
    """The low-pass filter of a part, (T, T) or (T,), of sum 1; [1, 3, 3, 1] in both directions where it has none."""
    taps = part.optional("resample_filter")
    if taps is None:
        line = torch.tensor([1.0, 3.0, 3.0, 1.0])
        taps = torch.outer(line, line)
    if taps.ndim not in (1, 2) or taps.shape[0] != taps.shape[-1] or not 2 <= taps.shape[0] <= 64 or not taps.sum():
        raise NetworkFileError(f"{part.path}.resample_filter is no filter: its shape is {tuple(taps.shape)}")
    return taps / taps.sum()


def _gained(taps: Tensor) -> Tensor:
    return taps * (2 if taps.ndim == 1 else 4)


def _doubled(image: Tensor, taps: Tensor) -> Tensor:
    size = taps.shape[-1]
    low, high = (size + 1) // 2, (size - 2) // 2
    return upsampled(image, taps, 2, (low, high, low, high))
