"""One face rotated, shifted and scaled, as encoders see it, before and after the maps of embeddings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from explorer.science.evaluation.scoring import embed_face
from explorer.science.faces.alignment import face_image
from explorer.science.faces.face import Face, Photograph
from explorer.science.laboratory.geometry import (
    UPRIGHT,
    Alteration,
    Mode,
    altered_photograph,
    altered_template,
    embed_altered,
    found_again,
)
from explorer.science.laboratory.geometry_maps import EmbeddingMap, FittedOn
from explorer.science.leakage.readout import Origin, picture_origin
from explorer.studio.arrays import Frame
from explorer.studio.catalogue.networks import Networks
from explorer.studio.laboratory.seeing import SeenFace, see


@dataclass(frozen=True, eq=False)
class AlteredView:
    """A face that was altered.

    picture: (S, S, 3), the altered template of the first encoder, or the altered photograph.
    seen: by encoder; empty where the face is not found again. mapped: the same behind the encoder's map, where there is
        one. fitted_on: on what these maps were fitted, by encoder.
    """

    alteration: Alteration
    mode: Mode
    picture: Frame
    seen: Mapping[str, SeenFace]
    mapped: Mapping[str, SeenFace]
    fitted_on: Mapping[str, FittedOn]


@dataclass(frozen=True, eq=False)
class AlteredFace:
    """A face as it is and altered. picture: (S, S, 3), the first encoder's template of it."""

    photograph: Photograph
    face: Face
    picture: Frame
    before: Mapping[str, SeenFace]
    views: tuple[AlteredView, ...]


def alter_face(
    networks: Networks,
    photograph: Photograph,
    face: Face,
    shown: Sequence[tuple[Mode, Alteration]],
    encoders: Sequence[str],
    maps: Sequence[EmbeddingMap] = (),
    known: Mapping[str, Tensor] | None = None,
) -> AlteredFace:
    """Alter a face, and see what becomes of its embeddings.

    Args:
        maps: of any encoders and alterations; the first one that fits is taken.
        known: the embeddings of the face as it is, from `before` of an earlier time; made where None.

    Raises:
        MissingNetwork: a network is not in the cache.
        FaceError: the face's points coincide.
        UserError: there is no encoder of a name, or its probes are damaged.
    """
    altering = _Altering(networks, photograph, face, tuple(encoders), tuple(maps))
    before = {
        encoder: see(networks, encoder, embedding, altering.origin)
        for encoder, embedding in (known or altering.embedded("template", UPRIGHT)).items()
    }
    views = tuple(altering.view(mode, one, before) for mode, one in shown)
    return AlteredFace(photograph, face, altering.template(UPRIGHT), before, views)


@dataclass(frozen=True, eq=False)
class _Altering:
    """A face and by what it is looked at."""

    networks: Networks
    photograph: Photograph
    face: Face
    encoders: tuple[str, ...]
    maps: tuple[EmbeddingMap, ...]

    @property
    def origin(self) -> Origin:
        """What the embeddings are of."""
        return picture_origin(self.photograph)

    def template(self, one: Alteration) -> Frame:
        """The first encoder's altered template."""
        recogniser = self.networks.recogniser(self.encoders[0])
        image, points = face_image(self.photograph, self.face, recogniser.device)
        (drawn,) = altered_template(image, points, recogniser.spec.template, (one,))
        pixels: Frame = np.rint(drawn.clamp(0, 1).permute(1, 2, 0).cpu().numpy() * 255).astype(np.uint8)
        return pixels

    @torch.no_grad()
    def embedded(self, mode: Mode, one: Alteration) -> dict[str, Tensor]:
        """The altered embeddings; none where the face is not found again."""
        found: dict[str, Tensor] = {}
        if mode == "template":
            for encoder in self.encoders:
                recogniser = self.networks.recogniser(encoder)
                image, points = face_image(self.photograph, self.face, recogniser.device)
                found[encoder] = embed_altered(recogniser, image, points, (one,))[0].cpu()
            return found
        picture = altered_photograph(self.photograph, self.face, one)
        again = found_again(picture, self.networks.detector().detect(picture.photograph.pixels))
        if again is not None:
            for encoder in self.encoders:
                found[encoder] = embed_face(self.networks.recogniser(encoder), picture.photograph, again)
        return found

    def view(self, mode: Mode, one: Alteration, before: Mapping[str, SeenFace]) -> AlteredView:
        """What becomes of the face under one alteration."""
        embedded, origin = self.embedded(mode, one), self.origin
        seen = {name: see(self.networks, name, vector, origin, before[name]) for name, vector in embedded.items()}
        maps = {name: own for name in embedded if (own := self._map(name, mode, one)) is not None}
        mapped = {
            name: see(self.networks, name, own(embedded[name][None])[0], origin, before[name])
            for name, own in maps.items()
        }
        picture = self.template(one) if mode == "template" else self._photograph(one)
        return AlteredView(one, mode, picture, seen, mapped, {name: own.fitted_on for name, own in maps.items()})

    def _photograph(self, one: Alteration) -> Frame:
        return altered_photograph(self.photograph, self.face, one).photograph.pixels

    def _map(self, encoder: str, mode: Mode, one: Alteration) -> EmbeddingMap | None:
        wanted = (encoder, mode, one.name)
        return next((own for own in self.maps if (own.encoder, own.mode, own.alteration) == wanted), None)
