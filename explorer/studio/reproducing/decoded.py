"""A decoded picture made again: the same source, the same edits, the encoder's decoder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from explorer.studio.catalogue.decoders import load_decoder
from explorer.studio.catalogue.vec2face import load_vec2face, vec2face_name
from explorer.studio.errors import UserError
from explorer.studio.export.provenance import Provenance
from explorer.studio.inversion.decoding import DecodedRun, run_decoder, run_vec2face, write_picture
from explorer.studio.reproducing.comparing import Value, changes, deviation
from explorer.studio.reproducing.making import Reproduction, ReproductionContext, again_beside, export_of
from explorer.studio.reproducing.runs import target_of_record
from explorer.studio.reproducing.sources import Part, file_of, taken

_SUFFIX = ".png"


class DecodedRecipe(Part):
    """What a record says of a decoded picture."""

    decoded: DecodedRun
    mark: bool = True


@dataclass(frozen=True, eq=False)
class DecodedReproducer:
    """A decoded picture as its record describes it."""

    name: str
    recipe: DecodedRecipe

    @classmethod
    def of(cls, record: Provenance, name: str) -> DecodedReproducer:
        """Take a record apart.

        Raises:
            UserError: it is damaged.
        """
        return cls(name, taken(DecodedRecipe, record, name))

    def place(self, figure: Path) -> Path:
        """Beside it."""
        return again_beside(figure, _SUFFIX)

    def check(self, sources: Mapping[str, Path], out: Path) -> None:
        """The source has to be there, and the encoder's decoder or generator."""
        self._file(sources)
        then = self.recipe.decoded
        if then.method == "decoder":
            load_decoder(then.encoder)
        else:
            load_vec2face(then.encoder, self._generator(sources))
        if out.suffix.lower() != _SUFFIX:
            raise UserError(f"{out.name}: decoded pictures are written as {_SUFFIX}; choose that ending")

    def make(self, making: ReproductionContext) -> Reproduction:
        """Decode and write."""
        then = self.recipe.decoded
        opened = target_of_record(making.networks, then.target, self._file(making.sources))
        if then.method == "decoder":
            finished = run_decoder(making.networks, opened.target, then.encoder)
        else:
            file = self._generator(making.sources)
            finished = run_vec2face(making.networks, opened.target, then.encoder, file, then.background or 0)
        written = write_picture(making.out, finished, self.recipe.mark)
        export, same = export_of(making.figure), None
        if export.suffix.lower() == _SUFFIX and export.is_file():
            with Image.open(export) as before, Image.open(written) as now:
                same = np.array_equal(np.asarray(before.convert("RGB")), np.asarray(now.convert("RGB")))
        lines = changes(then.networks, finished.run.networks, then.versions, finished.run.versions)
        apart = deviation(_numbers(then), _numbers(finished.run))
        return Reproduction(f"decoded picture of {then.encoder}", (written,), apart, same, lines)

    def _generator(self, sources: Mapping[str, Path]) -> Path | None:
        """The generator's file that was given; None for the encoder's own.

        Raises:
            UserError: it was given, and is not among the sources, or the record does not say which it was.
        """
        then = self.recipe.decoded
        if not then.file:
            return None
        name = vec2face_name(then.encoder)
        if name not in then.networks:
            raise UserError(f"the provenance in {self.name} cannot be used: it has no sha256 of {then.file[:60]}")
        return file_of(then.file, then.networks[name], sources, self.name)

    def _file(self, sources: Mapping[str, Path]) -> Path:
        target = self.recipe.decoded.target
        return file_of(target.name, target.sha256, sources, self.name)


def _numbers(run: DecodedRun) -> dict[str, Value]:
    return {"cosine": run.cosine, **{f"score of {score.encoder}": score.score for score in run.scores}}
