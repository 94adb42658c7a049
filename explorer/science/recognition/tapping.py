"""What an encoder knows of a face inside: its feature maps by name, and encoders made of their means.

A graph's values go by the names of its file; of an encoder that is built of modules, the outputs of these go by theirs.
The network runs no further than to the layer that is asked for.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from explorer.science.errors import LikenessError
from explorer.science.names import shown
from explorer.science.networks.graph import TensorGraph, watched
from explorer.science.recognition.base import Encoder
from explorer.science.recognition.imported.network import OneByOne, Vectors

# What the paper takes of the two networks that it names (section 3.3).
_NAMED = ("conv4_3_3x3", "conv4_3")
_SHARE = 1 / 8
_LONGEST = 1.5
_BESIDE = "@"
# By so many halvings of the side a map may miss a whole number; without padding it is a little smaller.
_OFF = 0.25


class LayerError(LikenessError, ValueError):
    """A layer that an encoder does not have; the message says which there are."""


@dataclass(frozen=True)
class Layer:
    """A feature map of an encoder: (B, channels, rows, columns)."""

    name: str
    channels: int
    rows: int
    columns: int

    def __str__(self) -> str:
        return f"{self.name} ({self.channels} x {self.rows} x {self.columns})"


class _ReachedError(Exception):
    """Ends the run of a network behind the value that was sought."""

    def __init__(self, value: Tensor) -> None:
        super().__init__()
        self.value = value


def layers_of(encoder: Encoder) -> tuple[Layer, ...]:
    """The feature maps of an encoder, in the order in which they are made.

    A name that is made more than once stands for its first value.

    Example:
        >>> import torch
        >>> from explorer.science.recognition.tapping import layers_of
        >>> layers_of(networks.recogniser("dlib-resnet"))[0]
        Layer(name='stem', channels=32, rows=72, columns=72)
    """
    found: dict[str, Layer] = {}
    last = _channels_last(encoder.body)

    def see(name: str, value: Any) -> None:
        if name not in found and isinstance(value, Tensor) and value.ndim == 4:
            channels, rows, columns = _channels_first(value, last).shape[1:]
            # Graphs turn some maps so that their channels come last: rows and columns then differ by much.
            if min(rows, columns) > 1 and max(rows, columns) <= _LONGEST * min(rows, columns):
                found[name] = Layer(name, channels, rows, columns)

    size = encoder.spec.template.size
    with torch.no_grad(), _seen(encoder.body, see):
        encoder(torch.full((1, 3, size, size), 0.5, device=encoder.device))
    return tuple(found.values())


def perceptual_layer(encoder: Encoder) -> str:
    """By which layer of an encoder pictures are compared: conv4_3_3x3 of ResNet-50, conv4_3 of VGG-16, of all others
    the last one of about an eighth of the picture's side.

    Raises:
        LayerError: the encoder has no feature maps.
    """
    layers = layers_of(encoder)
    names = {layer.name for layer in layers}
    known = next((name for name in _NAMED if name in names), None)
    if known is not None:
        return known
    if not layers:
        raise LayerError(f"{encoder.spec.id} has no feature maps: it compares no pictures, choose another network")
    side = encoder.spec.template.size * _SHARE
    nearest = min(abs(math.log(layer.rows / side)) for layer in layers)
    return next(layer.name for layer in reversed(layers) if abs(math.log(layer.rows / side)) == nearest)


class FeatureMap(nn.Module):
    """An encoder's network up to one of its layers: (B, 3, S, S) RGB in [0, 1] to (B, C, h, w), differentiable.

    Args:
        body: as of `Encoder`. layer: a name of `layers_of`.
    """

    def __init__(self, body: nn.Module, layer: str) -> None:
        super().__init__()
        self.body, self.layer = body, layer
        self._channels_last = _channels_last(body)
        self._one_by_one = any(isinstance(module, OneByOne) for module in body.modules())

    def forward(self, image: Tensor) -> Tensor:
        """The feature map.

        Raises:
            LayerError: there is no such layer.
        """
        parts = image.split(1) if self._one_by_one else (image,)
        return torch.cat([self._reached(part) for part in parts]) if len(parts) > 1 else self._reached(image)

    def _reached(self, image: Tensor) -> Tensor:
        def see(name: str, value: Any) -> None:
            if name == self.layer and isinstance(value, Tensor):
                raise _ReachedError(value)

        try:
            with _seen(self.body, see, (self.layer,)):
                self.body(image)
        except _ReachedError as reached:
            return _channels_first(reached.value, self._channels_last)
        raise LayerError(f"there is no layer {shown(self.layer)}")


def block_layers(encoder: Encoder, most: int = 4) -> tuple[str, ...]:
    """Where the blocks of an encoder end: of each halving of the picture's side the last feature map, of the `most`
    smallest.

    Maps of other sizes are none of a picture's places: what attention weighs, or what is not yet padded.

    Raises:
        LayerError: the encoder has no feature maps.
    """
    side, last = encoder.spec.template.size, dict[int, str]()
    for layer in layers_of(encoder):
        halvings = math.log2(side / layer.rows)
        if abs(halvings - round(halvings)) < _OFF:
            last[round(halvings)] = layer.name
    if not last:
        raise LayerError(f"{encoder.spec.id} has no feature maps: its pictures cannot be compared block by block")
    return tuple(last[halvings] for halvings in sorted(last)[-most:])


class BlockFeatures(nn.Module):
    """Some of an encoder's feature maps, and its vector: (B, 3, S, S) RGB in [0, 1] to a list of (B, C, h, w) in the
    order of the layers, and at its end (B, D); differentiable.

    Args:
        encoder: whose. layers: names of `layers_of`; those of `block_layers` if None.

    Example:
        >>> import torch
        >>> from explorer.science.recognition.tapping import BlockFeatures
        >>> blocks = BlockFeatures(networks.recogniser("dlib-resnet"))
        >>> [tuple(one.shape[1:]) for one in blocks(torch.rand(2, 3, 150, 150))]
        [(64, 17, 17), (128, 8, 8), (256, 4, 4), (256, 2, 2), (128,)]
    """

    def __init__(self, encoder: Encoder, layers: Sequence[str] | None = None) -> None:
        super().__init__()
        self.encoder, self.layers = encoder, block_layers(encoder) if layers is None else tuple(layers)
        self._channels_last = _channels_last(encoder.body)
        self._one_by_one = any(isinstance(module, OneByOne) for module in encoder.body.modules())

    def forward(self, aligned: Tensor) -> list[Tensor]:
        """The feature maps, and the vector.

        Raises:
            LayerError: there is no such layer.
        """
        parts = [self._seen(part) for part in (aligned.split(1) if self._one_by_one else (aligned,))]
        return [torch.cat(alike) if len(alike) > 1 else alike[0] for alike in zip(*parts, strict=True)]

    def _seen(self, aligned: Tensor) -> list[Tensor]:
        found = dict[str, Tensor]()

        def see(name: str, value: Any) -> None:
            if name in self.layers and name not in found and isinstance(value, Tensor):
                found[name] = _channels_first(value, self._channels_last)

        with _seen(self.encoder.body, see, self.layers):
            vector = self.encoder(aligned)
        missing = next((name for name in self.layers if name not in found), None)
        if missing is not None:
            raise LayerError(f"there is no layer {shown(missing)}")
        return [*(found[name] for name in self.layers), vector]


class _Means(nn.Module):
    """The mean of each channel of a feature map: (B, 3, S, S) to (B, C)."""

    def __init__(self, features: FeatureMap) -> None:
        super().__init__()
        self.features = features

    def forward(self, image: Tensor) -> Tensor:
        means: Tensor = self.features(image).mean((2, 3))
        return means


def tapped(encoder: Encoder, layer: str | None) -> Encoder:
    """An encoder whose embeddings are the averages over one of its feature maps (paper, figure 5); itself for None.

    Raises:
        LayerError: the encoder has no such feature map.

    Example:
        >>> import torch
        >>> from explorer.science.recognition.tapping import tapped
        >>> inner = tapped(networks.recogniser("dlib-resnet"), "blocks.6")
        >>> inner.spec.id, inner(torch.rand(2, 3, 150, 150)).shape
        ('dlib-resnet@blocks.6', torch.Size([2, 64]))
    """
    if layer is None:
        return encoder
    there = layers_of(encoder)
    found = next((one for one in there if one.name == layer), None)
    if found is None:
        raise LayerError(f"{encoder.spec.id} has no layer {shown(layer)}; {_choices(there)}")
    spec = replace(
        encoder.spec,
        id=tapped_id(encoder.spec.id, layer),
        title=f"{encoder.spec.title}, mean of {layer}",
        dimension=found.channels,
        measure="cosine",
        own_threshold=None,
        lengths=None,
    )
    return Encoder(spec, _Means(FeatureMap(encoder.body, layer))).to(encoder.device)


def tapped_id(encoder: str, layer: str | None) -> str:
    """What an encoder that is tapped at a layer is called, also by files: no character of it is one of paths."""
    return encoder if layer is None else f"{encoder}{_BESIDE}{re.sub(r'[^A-Za-z0-9_.-]+', '-', layer).strip('-.')}"


def _choices(layers: Iterable[Layer], most: int = 6) -> str:
    """Some layers to choose from, one for each size, the last of it."""
    by_size = {(layer.rows, layer.columns): layer for layer in layers}
    some = [str(layer) for layer in by_size.values()][-most:]
    return f"among its feature maps are {', '.join(some)}" if some else "it has no feature maps"


@contextmanager
def _seen(body: nn.Module, see: Callable[[str, Any], None], wanted: Iterable[str] | None = None) -> Iterator[None]:
    """Show what a network makes: the values of its graph, or what its modules give.

    wanted: names of those modules that are looked at; all where None.
    """
    if any(isinstance(module, TensorGraph) for module in body.modules()):
        with watched(see):
            yield
        return
    names = None if wanted is None else set(wanted)
    hooks = [
        module.register_forward_hook(lambda _module, _inputs, output, name=name: see(name, output))
        for name, module in body.named_modules()
        if name and (names is None or name in names)
    ]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def _channels_last(body: nn.Module) -> bool:
    return any(isinstance(module, Vectors) and module.channels_last for module in body.modules())


def _channels_first(value: Tensor, last: bool) -> Tensor:
    return value.permute(0, 3, 1, 2) if last else value
