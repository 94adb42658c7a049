"""Vectors of groups and gender as files: the numbers, the vectors themselves, and the figures of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from explorer.science.synthetic.macro_model import MacroModel
from explorer.studio.export.page import save
from explorer.studio.export.provenance import bare_record
from explorer.studio.files import atomic_write, fitting_name
from explorer.studio.people.vector_faces import draw_new_people
from explorer.studio.people.vector_figures import draw_coefficients, draw_confusion, draw_gaussians, draw_sets
from explorer.studio.people.vectors import FoundVectors

NUMBERS = "vectors.json"
# Of whom the file's own normals were learnt (models/macro-vectors.md).
LEARNT_FROM = 20_000


def is_ours(name: str) -> bool:
    """Whether a file is of vectors that were found."""
    return name.startswith("figure-") or name == NUMBERS


def numbers_of(found: FoundVectors) -> dict[str, Any]:
    """What was found, for JSON; the vectors themselves come with the file alone."""
    return {"vectors": found.settings.model_dump(mode="json"), "sets": [one.record() for one in found.judged]}


def write_vectors(
    folder: Path,
    found: FoundVectors,
    macros: MacroModel,
    command: list[str],
    formats: Sequence[str],
    side: int,
) -> list[Path]:
    """Write everything into a folder.

    Args:
        command: the words that make it again. formats: of the figures. side: of a picture in figure 19, in pixels.

    Raises:
        UserError: a file cannot be written.
    """
    record = partial(bare_record, kind="vectors", command=command, vectors=found.settings.model_dump(mode="json"))
    numbers = record() | numbers_of(found) | {"components": _components(found, macros)}
    written = [atomic_write(folder / NUMBERS, (json.dumps(numbers, indent=1) + "\n").encode())]
    for name, drawing in _figures(found, macros, side):
        figure = drawing()
        written += [
            save(figure, folder / f"{name}.{kind}", record(figure=name.replace("figure-", ""))) for kind in formats
        ]
    return written


def _figures(found: FoundVectors, macros: MacroModel, side: int) -> list[tuple[str, Callable[[], Figure]]]:
    drawn, settings = found.judged[0], found.settings
    assert drawn.vectors is not None, "drawn people have groups"
    confusions = [one for one in found.judged if one.shares is not None]
    return [
        ("figure-16", lambda: draw_gaussians(found)),
        *((_named("figure-18", one.name, place), partial(draw_confusion, one)) for place, one in enumerate(confusions)),
        (
            "figure-19",
            partial(draw_new_people, macros, drawn.vectors, settings.faces, settings.seed, settings.spread, side),
        ),
        ("figure-20", partial(draw_coefficients, found, "own")),
        ("figure-21", partial(draw_coefficients, found, "svm")),
        ("figure-26", partial(draw_sets, found.sets, LEARNT_FROM)),
    ]


def _named(figure: str, name: str, place: int) -> str:
    return figure if place == 0 else f"{figure}-{fitting_name(name)}"


def _components(found: FoundVectors, macros: MacroModel) -> dict[str, Any]:
    vectors = found.judged[0].vectors
    assert vectors is not None
    groups = {
        name: {"mean": mean.round(5).tolist(), "spread": spread.round(5).tolist()}
        for name, mean, spread in zip(vectors.names, vectors.means, vectors.spreads, strict=True)
    }
    own = macros.gender_vector()
    genders = {"own": own.round(5).tolist(), "svm, all": macros.normals[0].round(5).tolist()}
    genders |= {
        f"svm, {name}": normal.round(5).tolist() for name, normal in zip(vectors.names, macros.normals[1:], strict=True)
    }
    return {"groups": groups, "gender": genders}
