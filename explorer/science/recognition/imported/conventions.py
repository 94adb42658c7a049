"""How a network wants its faces: the common conventions, of which an import proposes those that fit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

import torch
from torch import Tensor

from explorer.science.recognition.base import Metric

Framing = Literal["arcface", "square-box", "whole-frame"]
Colour = Literal["RGB", "BGR"]
Three = tuple[float, float, float]
Size = tuple[int, int]

_VGG2_RGB: Three = (131.0912, 103.8827, 91.4953)
_VGG_RGB: Three = (129.1863, 104.7624, 93.5940)
_CAFFE_RGB: Three = (123.68, 116.779, 103.939)


@dataclass(frozen=True)
class InputConvention:
    """One way to make a network's input of a face, and to compare its embeddings.

    framing: "arcface" for the five-point template of 112 px, widened or narrowed to the network's size; "square-box"
        for the face's box made square and `margin` times as large; "whole-frame" for the common frame of a face.
    size: rows and columns of the input.
    colour: order of the channels.
    mean, scale: the input is (x - mean) / scale of x in 0..255, a number for each channel in that order.
    per_image: the mean and standard deviation of each picture stand in place of both.

    Example:
        >>> import torch
        >>> from explorer.science.recognition.imported import InputConvention
        >>> usual = InputConvention("arcface", (112, 112))
        >>> usual.apply(torch.ones(1, 3, 112, 112)).unique().tolist()
        [1.0]
    """

    framing: Framing
    size: Size
    colour: Colour = "RGB"
    mean: Three = (127.5, 127.5, 127.5)
    scale: Three = (127.5, 127.5, 127.5)
    per_image: bool = False
    margin: float = 1.0
    measure: Metric = "cosine"

    def describe(self) -> str:
        """The convention in one line.

        Example:
            >>> from explorer.science.recognition.imported import InputConvention
            >>> InputConvention("arcface", (112, 112)).describe()
            'arcface 112 x 112, RGB, (x - 127.5) / 127.5, cosine'
        """
        rows, columns = self.size
        box = f" x {self.margin:g}" if self.framing == "square-box" else ""
        if self.per_image:
            numbers = "(x - mean) / deviation of each picture"
        else:
            numbers = f"(x - {_short(self.mean)}) / {_short(self.scale)}"
        return f"{self.framing}{box} {rows} x {columns}, {self.colour}, {numbers}, {self.measure}"

    def apply(self, image: Tensor) -> Tensor:
        """What the network is given for (B, 3, H, W) RGB in [0, 1]; gradients flow.

        Example:
            >>> import torch
            >>> from explorer.science.recognition.imported import InputConvention
            >>> white = torch.ones(1, 3, 112, 112)
            >>> InputConvention("arcface", (112, 112)).apply(white).max().item()
            1.0
        """
        pixels = 255 * (image.flip(1) if self.colour == "BGR" else image)
        if self.per_image:
            mean = pixels.mean((1, 2, 3), keepdim=True)
            deviation = pixels.std((1, 2, 3), keepdim=True, correction=0)
            return (pixels - mean) / deviation.clamp(min=pixels[0].numel() ** -0.5)
        mean, scale = (pixels.new_tensor(three).reshape(1, 3, 1, 1) for three in (self.mean, self.scale))
        return (pixels - mean) / scale


def _short(three: Three) -> str:
    return f"{three[0]:g}" if len(set(three)) == 1 else "[" + ", ".join(f"{number:g}" for number in three) + "]"


def _grey(value: float) -> Three:
    return (value, value, value)


def _reversed(three: Three) -> Three:
    return (three[2], three[1], three[0])


def in_both_orders(convention: InputConvention) -> tuple[InputConvention, InputConvention]:
    """The convention, and the same one with the channels the other way round."""
    other: Colour = "RGB" if convention.colour == "BGR" else "BGR"
    swapped = replace(convention, colour=other, mean=_reversed(convention.mean), scale=_reversed(convention.scale))
    return convention, swapped


def arcface(size: Size = (112, 112), colour: Colour = "RGB", scale: float = 127.5) -> InputConvention:
    """InsightFace's: the template, (x - 127.5) / `scale`."""
    return InputConvention("arcface", size, colour, scale=_grey(scale))


def facenet(size: Size = (160, 160), margin: float = 1.1, per_image: bool = True) -> InputConvention:
    """FaceNet's: a square box, whitened picture by picture, or (x - 127.5) / 128."""
    return InputConvention("square-box", size, scale=_grey(128.0), per_image=per_image, margin=margin)


def vggface2(colour: Colour, size: Size = (224, 224), margin: float = 1.3) -> InputConvention:
    """VGGFace2's: the box enlarged by 1.3, the set's mean colour taken off."""
    mean = _VGG2_RGB if colour == "RGB" else _reversed(_VGG2_RGB)
    return InputConvention("square-box", size, colour, mean, _grey(1.0), margin=margin)


def vggface(colour: Colour, size: Size = (224, 224)) -> InputConvention:
    """VGGFace's (2015): the same with its own mean colour."""
    mean = _VGG_RGB if colour == "RGB" else _reversed(_VGG_RGB)
    return InputConvention("square-box", size, colour, mean, _grey(1.0), margin=1.2)


def caffe(size: Size = (224, 224), margin: float = 1.2) -> InputConvention:
    """ImageNet's mean colour taken off, in BGR."""
    return InputConvention("square-box", size, "BGR", _reversed(_CAFFE_RGB), _grey(1.0), margin=margin)


def whole(colour: Colour, size: Size, scale: float = 1.0) -> InputConvention:
    """x in 0..255 as it is, or divided by 255: what a network wants that scales its input itself."""
    return InputConvention("arcface", size, colour, _grey(0.0), _grey(scale))


def common(size: Size, scales_itself: bool = False) -> tuple[InputConvention, ...]:
    """What networks of unknown make with that input mostly want, the likeliest first."""
    cropped = [replace(c, framing="square-box", margin=1.2) for c in (arcface(size), arcface(size, scale=128.0))]
    loose = [facenet(size, margin) for margin in (1.0, 1.2)] + cropped
    loose += [caffe(size), *in_both_orders(vggface2("RGB", size))]
    tight = [c for scale in (127.5, 128.0) for c in in_both_orders(arcface(size, scale=scale))]
    raw = [*in_both_orders(whole("RGB", size)), *in_both_orders(whole("RGB", size, 255.0))]
    if scales_itself:
        return _distinct([*raw, *tight, *loose])
    if max(size) <= 128:
        return _distinct([*tight, *raw, *loose])
    return _distinct([*loose, *tight, *raw])


def _distinct(conventions: Iterable[InputConvention]) -> tuple[InputConvention, ...]:
    return tuple(dict.fromkeys(conventions))


def proposals(first: InputConvention, *others: InputConvention) -> tuple[InputConvention, ...]:
    """The architecture's own convention, then its variants, then the common ones for that size."""
    return _distinct([first, *others, *in_both_orders(first), *common(first.size)])


def trial_images(size: Size, count: int = 2) -> Tensor:
    """(count, 3, H, W) pictures of noise in [-1, 1], the same ones each time: what a network is tried on."""
    return torch.rand(count, 3, *size, generator=torch.Generator().manual_seed(20)) * 2 - 1
