"""An export made again from the file alone, and photographs of more than one face."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from explorer.studio import places
from explorer.studio.catalogue.networks import Networks
from explorer.studio.export.provenance import read_provenance
from explorer.studio.reproducing.kinds import again_of
from explorer.studio.reproducing.making import Reproduction, ReproductionContext
from explorer.studio.reproducing.runs import Recipe, RunReproduction
from explorer.studio.reproducing.sources import sources_by_digest

P002, P005 = (places.resources() / "faces" / f"synthetic-p00{number}.jpg" for number in (2, 5))


def no_run(recipe: Recipe, source: Path) -> RunReproduction:
    raise AssertionError("nothing here was made by an inversion")


def made_again(
    figure: Path,
    *sources: Path,
    networks: Networks | None = None,
    out: Path | None = None,
    repeat: Callable[[Recipe, Path], RunReproduction] = no_run,
) -> Reproduction:
    """As `likeness reproduce` does it."""
    again = again_of(read_provenance(figure), figure.name)
    assert again is not None
    path, found = out or again.place(figure), sources_by_digest(sources)
    again.check(found, path)
    return again.make(ReproductionContext(figure, path, networks or Networks("cpu"), found, repeat))


def two_faces(folder: Path, side: int = 360) -> Path:
    """A photograph of two synthetic people, the larger one on the left."""
    page = np.full((side, 2 * side, 3), 128, np.uint8)
    for place, (path, size) in enumerate(((P002, side), (P005, side * 3 // 4))):
        with Image.open(path) as picture:
            page[:size, place * side : place * side + size] = np.asarray(picture.convert("RGB").resize((size, size)))
    Image.fromarray(page).save(folder / "two.png")
    return folder / "two.png"
