"""What a black box's vector says in the spaces of encoders whose weights are known, and a search that goes by it.

Two linear maps are learnt from faces that both sides have seen: from the black box into each white box, and from all
white boxes together into the black box. The first gives the search a target where there are gradients; the second
stands in for the black box itself, so that directions of which its answers say nothing do not count. Either alone can
be met by a face that only looks right to it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from explorer.science.blackbox.linear import LinearMap, fit_linear
from explorer.science.faces.alignment import FaceTemplate, align
from explorer.science.recognition.base import Encoder, EncoderSpec, Metric

# What a map weighs at least: one that did no better than chance still has its part in the sizes.
_LEAST = 1e-3


@dataclass(frozen=True, eq=False)
class Translation:
    """Maps between a black box, with vectors of D numbers, and white boxes.

    measure: by which vectors of the black box are compared; their length counts for Euclidean ones alone.
    into: by white box, from the black box to its embeddings, both of length 1 where length does not count.
    back: from all white boxes' embeddings of length 1, one behind another, to the black box.
    """

    measure: Metric
    into: Mapping[str, LinearMap]
    back: LinearMap

    @property
    def whites(self) -> tuple[str, ...]:
        """The white boxes, in the order in which `back` takes them."""
        return tuple(self.into)

    def held_out(self) -> dict[str, float]:
        """How well each map did on faces that it had not learnt from: centred cosines, by white box and "back"."""
        return {white: one.held_out for white, one in self.into.items()} | {"back": self.back.held_out}

    def to(self, device: torch.device | str) -> Translation:
        """The same on another device."""
        return Translation(
            self.measure, {white: one.to(device) for white, one in self.into.items()}, self.back.to(device)
        )


def fit_translation(vectors: Tensor, embeddings: Mapping[str, Tensor], measure: Metric = "cosine") -> Translation:
    """Learn both ways from faces that everybody has seen.

    Args:
        vectors: (N, D) the black box's answers. embeddings: (N, E) of the same faces, by white box.
        measure: of the black box.

    Raises:
        ValueError: as `fit_linear`; or there is no white box.
    """
    if not embeddings:
        raise ValueError("a translation needs at least one white box")
    answers = comparable(vectors.float(), measure)
    units = {white: F.normalize(one.float(), dim=-1) for white, one in embeddings.items()}
    into = {white: fit_linear(answers, one) for white, one in units.items()}
    return Translation(measure, into, fit_linear(torch.cat(list(units.values()), -1), answers))


def comparable(vectors: Tensor, measure: Metric) -> Tensor:
    """Vectors (..., D) of a black box as maps take them: of length 1 where their length does not count."""
    return F.normalize(vectors, dim=-1) if measure == "cosine" else vectors


class TranslatingEncoder(Encoder):
    """White boxes that see as a black box would, as one encoder that can be searched against.

    An embedding is, one behind another, what each white box says less its mean face, and what the black box would say
    less its own: a cosine between two is the mean of the parts' cosines, each weighted by how well its map did on faces
    that it had not learnt from.

    Args:
        translation: on the white boxes' device. whites: the encoders that it knows, by name.
    """

    def __init__(self, translation: Translation, whites: Mapping[str, Encoder]) -> None:
        first = whites[translation.whites[0]].spec
        sizes = [len(one.centre_out) for one in (*translation.into.values(), translation.back)]
        spec = EncoderSpec(
            id="+".join(translation.whites),
            title=f"{', '.join(whites[white].spec.title for white in translation.whites)}, for a black box",
            network="",
            dimension=sum(sizes),
            template=first.template,
            measure="cosine",
            own_threshold=None,
            licence="; ".join(dict.fromkeys(whites[white].spec.licence for white in translation.whites)),
            commercial=all(whites[white].spec.commercial for white in translation.whites),
        )
        super().__init__(spec, nn.ModuleDict({white.replace(".", "_"): whites[white] for white in translation.whites}))
        self.translation = translation
        self._whites = {white: whites[white] for white in translation.whites}

    def target(self, vector: Tensor) -> Tensor:
        """A black box's vector (D,) as a target of the search, (E,).

        Raises:
            ValueError: it has another size, is not finite or all zero.
        """
        translation = self.translation
        size = len(translation.back.centre_out)
        if vector.shape != (size,) or not bool(vector.isfinite().all()) or not bool(vector.any()):
            raise ValueError(f"a vector of this black box has {size} finite numbers, not all zero")
        answer = comparable(vector.to(translation.back.centre_out), translation.measure)
        parts = [one.offset(answer) for one in translation.into.values()]
        return self._joined([*parts, answer - translation.back.centre_out])

    def embed(self, image: Tensor, points: Tensor) -> Tensor:
        """(B, 3, H, W) RGB in [0, 1] by five points (B, 5, 2) to (B, E); gradients flow to the image."""
        aligned: dict[FaceTemplate, Tensor] = {}
        for encoder in self._whites.values():
            template = encoder.spec.template
            if template not in aligned:
                aligned[template] = align(image, points, template)
        units = [F.normalize(encoder(aligned[encoder.spec.template]), dim=-1) for encoder in self._whites.values()]
        maps = self.translation.into.values()
        parts = [unit - one.centre_out for unit, one in zip(units, maps, strict=True)]
        return self._joined([*parts, self.translation.back.offset(torch.cat(units, -1))])

    def _joined(self, parts: Sequence[Tensor]) -> Tensor:
        """Parts (..., E) one behind another, the whole of length 1."""
        weights = [max(one, _LEAST) for one in self.translation.held_out().values()]
        lengths = [(weight / sum(weights)) ** 0.5 for weight in weights]
        scaled = [length * F.normalize(part, dim=-1) for length, part in zip(lengths, parts, strict=True)]
        return torch.cat(scaled, -1)
