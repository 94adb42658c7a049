"""Judges decoded pictures: by what was decoded, and by encoders that took no part."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from explorer.science.decoding.judging import MethodRow, method_row, picture_measures
from explorer.science.faces.face import Photograph
from explorer.science.inversion.step import to_uint8
from explorer.science.training.corpus import embed_together
from explorer.studio.catalogue.networks import Networks
from explorer.studio.corpus.decoder_faces import DecodedFaces, spread

_CHUNK = 16


class PictureJudge:
    """Measures pictures, and shows them to encoders that took no part.

    most: in so many pictures of a row at most faces are looked for, spread over them; in all where None.
    """

    def __init__(self, networks: Networks, most: int | None = None) -> None:
        self._networks, self._most = networks, most
        self._lpips = networks.lpips("alex")

    def measures(self, wanted: Tensor, made: Tensor) -> dict[str, Tensor]:
        """(N,) by measure, of pictures (N, 3, S, S)."""
        parts = [
            picture_measures(one, other, self._lpips)
            for one, other in zip(wanted.split(_CHUNK), made.split(_CHUNK), strict=True)
        ]
        return {name: torch.cat([part[name] for part in parts]) for name in parts[0]}

    def row(
        self,
        name: str,
        measures: Mapping[str, Tensor],
        made: Tensor,
        faces: DecodedFaces,
        mean: Mapping[str, Tensor] | None,
        nearest: Mapping[str, Tensor] | None = None,
    ) -> MethodRow:
        """The row of a method; `measures`, `mean` and `nearest` as of `method_row`."""
        rows = spread(len(made), min(len(made), self._most or len(made)))
        cosines, without = self._cosines(made, faces, rows)
        return method_row(
            name,
            measures,
            faces.people,
            mean_face=mean,
            nearest=nearest,
            cosines=cosines,
            without_face=without,
            shown=None if len(rows) == len(made) else len(rows),
        )

    def _cosines(self, made: Tensor, faces: DecodedFaces, rows: Tensor) -> tuple[dict[str, Tensor], int]:
        """(N,) by held-out encoder, nan where no face is found or looked for; and in how many of `rows` none is."""
        found = {name: torch.full((len(made),), torch.nan) for name in faces.held_out}
        # A mean face is one picture, however many faces it stands for.
        alike = bool((made == made[:1]).all())
        seen = self._embeddings(made[:1] if alike else made[rows], [*faces.held_out])
        for place, row in enumerate(rows.tolist()):
            for name, vector in (seen[0 if alike else place] or {}).items():
                found[name][row] = torch.cosine_similarity(vector, faces.held_out[name][row], dim=0)
        without = sum(one is None for one in seen)
        return found, without * len(rows) if alike else without

    @torch.no_grad()
    def _embeddings(self, made: Tensor, encoders: list[str]) -> list[Mapping[str, Tensor] | None]:
        """What encoders see of each picture; None where no face is found."""
        recognisers = {name: self._networks.recogniser(name) for name in encoders}
        pictures, seen = [to_uint8(one) for one in made], list[Mapping[str, Tensor] | None]()
        for first in range(0, len(pictures), _CHUNK):
            some = pictures[first : first + _CHUNK]
            places = self._networks.detector().detect_in_frames(some)
            there = [
                (Photograph(one, "decoded", ""), face)
                for one, face in zip(some, places, strict=True)
                if face is not None
            ]
            vectors = iter(embed_together(recognisers, there) if there and recognisers else [{} for _ in there])
            seen += [None if face is None else next(vectors) for face in places]
        return seen
