"""Faces that an encoder of photographs learns from: drawn once by their numbers, and kept in the work folder."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from safetensors.torch import save as encode
from torch import Tensor

from explorer.science.generation.generator import Generator
from explorer.science.generation.mixed_precision import Draw
from explorer.science.inversion.photograph_encoder import PhotographEncoder
from explorer.science.training.photograph_encoder import (
    PhotographEncoderRecipe,
    Teaching,
    begun,
    drawn_pictures,
    style_metric,
)
from explorer.science.training.style_faces import STYLE_SEED, styles_of
from explorer.science.training.style_metric import StyleMetric
from explorer.studio.files import atomic_write
from explorer.studio.places import private_folder

Step = Callable[[int, int], None]
# Faces in a file, and drawn at once.
_PER_PART, _CHUNK = 256, 8


@dataclass(frozen=True, eq=False)
class KeptFaces:
    """Faces by their numbers. kept: (N, 3, S, S) uint8 RGB."""

    kept: Tensor

    def __len__(self) -> int:
        return len(self.kept)

    def pictures(self, numbers: Sequence[int]) -> Tensor:
        """(n, 3, S, S) in [0, 1]."""
        return self.kept[list(numbers)].float() / 255

    @property
    def words(self) -> str:
        """What they are."""
        return (
            f"{len(self)} generated faces, seeds {STYLE_SEED:,} on: two of five with one w, two with the layers of "
            "three mixed, one whose layers go apart; no photograph of anybody"
        )


def drawn_faces(
    generator: Generator,
    draw: Draw,
    recipe: PhotographEncoderRecipe,
    key: str,
    work: Path,
    step: Step,
    enough: Callable[[], bool] = lambda: False,
) -> KeptFaces:
    """The faces of a recipe; an interrupted call goes on behind the last file that it kept.

    Args:
        key: of the generator's files and of the numbers that it draws by.
        enough: asked behind each file: no more are drawn where it says so, and none the next time either.
    """
    digest = hashlib.sha256(f"{key} {recipe.drawn_at} {recipe.side}".encode()).hexdigest()[:12]
    place = private_folder(work / f"style-faces-{digest}")

    def drawn(first: int, last: int, told: Callable[[int], None]) -> Tensor:
        return _drawn(generator, draw, recipe, first, last, told)

    return KeptFaces(kept_pictures(place, recipe.faces, drawn, step, enough))


def kept_pictures(
    place: Path,
    count: int,
    drawn: Callable[[int, int, Callable[[int], None]], Tensor],
    step: Step,
    enough: Callable[[], bool] = lambda: False,
) -> Tensor:
    """Pictures (N, 3, S, S) uint8 that are drawn once, in files of a folder of their own; goes on behind the last file.

    Args:
        count: how many. drawn: pictures of numbers from the first to the last, excluded; tells how many are made.
        enough: asked behind each file: no more are drawn where it says so, and none the next time either.
    """
    ended = place / f"ended-{count}.json"
    total = json.loads(ended.read_bytes()) if ended.exists() else count
    parts, done = list[Tensor](), 0
    while done < total:
        if done and total == count and enough():
            atomic_write(ended, json.dumps(done).encode())
            break
        last = min(done + _PER_PART, count)
        file = place / f"{done:07d}-{last:07d}.safetensors"
        part = _read(file, "pictures")
        if part is None:
            part = drawn(done, last, lambda made: step(made, total))
            atomic_write(file, encode({"pictures": part}))
        parts.append(part)
        done = last
        step(done, total)
    return torch.cat(parts)


def _drawn(
    generator: Generator,
    draw: Draw,
    recipe: PhotographEncoderRecipe,
    first: int,
    last: int,
    told: Callable[[int], None],
) -> Tensor:
    pictures = []
    for start in range(first, last, _CHUNK):
        styles = styles_of(generator, range(start, min(start + _CHUNK, last)))
        pictures.append(drawn_pictures(draw, styles, recipe.drawn_at, recipe.side).cpu())
        told(min(start + _CHUNK, last))
    return torch.cat(pictures)


def metric_and_beginning(
    teaching: Teaching, recipe: PhotographEncoderRecipe, folder: Path, step: Step
) -> tuple[StyleMetric, PhotographEncoder]:
    """The metric of styles, and an encoder that knows its directions; made once and kept in a folder of this recipe."""
    file = folder / "metric.safetensors"
    rows = _read(file, "rows")
    metric = None if rows is None else StyleMetric(rows)
    if metric is None:
        for made in style_metric(teaching, recipe):
            if isinstance(made, int):
                step(made, recipe.rows)
            else:
                metric = made
        assert metric is not None, "it comes last"
        atomic_write(file, encode({"rows": metric.rows.contiguous()}))
    encoder = begun(teaching, recipe, metric)
    return metric, encoder


def _read(file: Path, name: str) -> Tensor | None:
    """What a file holds under a name; None where it is not there or damaged."""
    try:
        return load_file(file).get(name)
    except (OSError, SafetensorError):
        return None
