"""The card of a corpus, and the sheets of faces on which a person checks its labels."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from explorer.science.leakage.labels import LABELS, MEASURE_SIZE, THRESHOLDS
from explorer.science.leakage.labels.expression import EXPRESSIONS
from explorer.science.training.corpus import SPLITS, Split
from explorer.science.training.corpus_card import (
    CHECKED,
    LABELLED,
    Statement,
    agreement,
    prevalence,
    wavering,
)
from explorer.studio import places
from explorer.studio.corpus.editing import read_directions
from explorer.studio.corpus.shards import CorpusFolder, Kind, ShardName
from explorer.studio.errors import UserError
from explorer.studio.export.lettering import font
from explorer.studio.files import atomic_write

# Faces that a person checks, all of the test split, and on how many pages.
CHECKED_FACES = 120
_COLUMNS, _ROWS = 8, 5
_TEXT = 44
_INK, _DOT = (26, 26, 26), (0, 200, 60)
_COLUMN_NAMES = ("index", *LABELLED, *CHECKED)


def hand_labels() -> Path:
    """Where the answers of a person lie."""
    return places.models() / "corpus-hand-labels.csv"


@dataclass(frozen=True, eq=False)
class LabelledFaces:
    """The labels of N faces without their embeddings.

    arrays: by the names of the shards' tensors, without "labels/". again: of the faces at `repeated`, a second time.
    places: shard and row of each.
    """

    arrays: dict[str, NDArray[Any]]
    again: dict[str, NDArray[Any]]
    repeated: NDArray[np.int64]
    places: list[tuple[ShardName, int]]

    def at(self, rows: NDArray[Any]) -> dict[str, NDArray[Any]]:
        """The arrays of some rows."""
        return {name: values[rows] for name, values in self.arrays.items()}


def read_labels(corpus: CorpusFolder, kind: Kind) -> LabelledFaces | None:
    """The labels of all faces of a kind; None where there is none."""
    arrays: dict[str, list[NDArray[Any]]] = {}
    again: dict[str, list[NDArray[Any]]] = {}
    repeated: list[int] = []
    found: list[tuple[ShardName, int]] = []
    for name in corpus.names(kind):
        shard = {key: values.numpy() for key, values in corpus.read(name).items()}
        repeated += [len(found) + int(row) for row in shard["repeat_rows"]]
        for label in LABELS:
            arrays.setdefault(label, []).append(shard[f"labels/{label}"])
            if len(shard["repeat_rows"]):
                again.setdefault(label, []).append(shard[f"repeat/{label}"])
        for key in ("index", "split"):
            arrays.setdefault(key, []).append(shard[key])
        found += [(name, row) for row in range(len(shard["index"]))]
    if not found:
        return None
    return LabelledFaces(
        {name: np.concatenate(parts) for name, parts in arrays.items()},
        {name: np.concatenate(parts) for name, parts in again.items()},
        np.array(repeated, np.int64),
        found,
    )


def write_card(corpus: CorpusFolder, out: Path) -> list[Path]:
    """Write the card, the sheets, and a table for a person's answers where there are none yet.

    Returns:
        The files that were written.

    Raises:
        UserError: the corpus has no faces, or the answers are of other faces.
    """
    kinds: dict[Kind, LabelledFaces] = {
        kind: found for kind in ("base", "edit", "folder") if (found := read_labels(corpus, kind)) is not None
    }
    main = kinds.get("base") or kinds.get("folder")
    if main is None:
        raise UserError(f"{corpus.folder} holds no faces yet: make them with `likeness train corpus`")
    rows = np.flatnonzero(main.arrays["split"] == SPLITS.index("test"))[:CHECKED_FACES]
    written = _write_sheets(corpus, main, rows)
    template = corpus.folder / "hand-labels.csv"
    if not template.exists():
        written.append(atomic_write(template, _template(main.arrays["index"][rows])))
    hand = _read_answers(hand_labels()) if "base" in kinds and hand_labels().exists() else None
    written.append(atomic_write(out, _card(corpus, kinds, main, hand).encode(), mode=0o644))
    return written


def _card(
    corpus: CorpusFolder,
    kinds: dict[Kind, LabelledFaces],
    main: LabelledFaces,
    hand: dict[str, list[str]] | None,
) -> str:
    lines = ["# corpus: labelled faces", "", "| | |", "|---|---|"]
    lines += [f"| {kind} faces | {len(faces.places)} |" for kind, faces in kinds.items()]
    lines += [f"| {split} split | {_count(main, split)} |" for split in SPLITS]
    lines += [f"| recipe, {name} | {value} |" for name, value in corpus.recipe.items() if name != "source"]
    origin = "drawn by MobileStyleGAN" if "base" in kinds else "photographs on their set's own terms"
    lines += [f"| terms | {origin}, labelled by the networks of models/README.md: non-commercial research only |", ""]
    lines += ["## Prevalence", "", "Test: unedited, as the generator draws them. Numbers: median (5 % to 95 %).", ""]
    columns = {f"{split} split": main.at(main.arrays["split"] == SPLITS.index(split)) for split in SPLITS}
    if "edit" in kinds:
        columns["edits"] = kinds["edit"].arrays
    lines += _side_by_side({title: prevalence(arrays) for title, arrays in columns.items() if len(arrays["index"])})
    if len(main.repeated):
        lines += ["", "## Label noise", "", f"{len(main.repeated)} faces labelled again from their second view.", ""]
        lines += _side_by_side({"median change": wavering(main.at(main.repeated), main.again)})
    if hand is not None:
        count = len(hand["index"])
        lines += ["", "## Agreement with a person", "", f"{count} faces of the test split, checked by hand.", ""]
        lines += _side_by_side({"agreement": agreement(main.at(_rows_of(main, hand["index"])), hand)})
    found = read_directions(corpus) if "edit" in kinds else None
    if found is not None:
        lines += ["", "## Directions of the edits", "", "| attribute | variance explained | moved by, deviations |"]
        lines += ["|---|---|---|"]
        lines += [
            f"| {one.name} | {one.explained:.0%} | {one.reach[0]:.1f} to {one.reach[1]:.1f} |"
            for one in found.by_name.values()
        ]
    return "\n".join([*lines, ""])


def _count(faces: LabelledFaces, split: Split) -> int:
    return int((faces.arrays["split"] == SPLITS.index(split)).sum())


def _side_by_side(columns: dict[str, list[Statement]]) -> list[str]:
    """A Markdown table: a row for each thing stated, a column for each title."""
    rows = [f"| | {' | '.join(columns)} |", "|---" * (len(columns) + 1) + "|"]
    rows += (
        f"| {statements[0].about} | {' | '.join(one.value for one in statements)} |"
        for statements in zip(*columns.values(), strict=True)
    )
    return rows


def _template(indices: NDArray[Any]) -> bytes:
    """A table with a line for each face, to be filled in."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(_COLUMN_NAMES)
    table.writerows([int(index), *[""] * (len(_COLUMN_NAMES) - 1)] for index in indices)
    return text.getvalue().encode()


def _read_answers(file: Path) -> dict[str, list[str]]:
    """A person's answers by column.

    Raises:
        UserError: a column is missing, or an answer is none that was asked for.
    """
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    absent = [name for name in _COLUMN_NAMES if not rows or name not in rows[0]]
    if absent:
        raise UserError(f"{file} lacks the columns {', '.join(absent)}: start from hand-labels.csv of the corpus")
    answers = {name: [row[name].strip() for row in rows] for name in _COLUMN_NAMES}
    for name in (*THRESHOLDS, *CHECKED, "expression"):
        allowed = {"", *EXPRESSIONS} if name == "expression" else {"", "0", "1"}
        wrong = sorted(set(answers[name]) - allowed)
        if wrong:
            raise UserError(
                f"{file}: {wrong[0]!r} in {name}; answers are {', '.join(sorted(allowed - {''}))} or nothing"
            )
    return answers


def _rows_of(faces: LabelledFaces, indices: Sequence[str]) -> NDArray[np.int64]:
    """The rows of the faces of those numbers.

    Raises:
        UserError: the corpus does not hold one of them.
    """
    place = {int(index): row for row, index in enumerate(faces.arrays["index"])}
    missing = [index for index in indices if not index.isdigit() or int(index) not in place]
    if missing:
        raise UserError(f"{hand_labels()} speaks of face {missing[0]}, which the corpus does not hold")
    return np.array([place[int(index)] for index in indices], np.int64)


def _write_sheets(corpus: CorpusFolder, faces: LabelledFaces, rows: NDArray[np.int64]) -> list[Path]:
    """Pages of numbered faces: one set without labels, to label by, and one with them, to check."""
    pictures = [corpus.pictures(*_shard_and_row(faces, int(row)))[0] for row in rows]
    written = []
    for labelled in (False, True):
        name = "checked" if labelled else "blind"
        for page, first in enumerate(range(0, len(rows), _COLUMNS * _ROWS), 1):
            part = slice(first, first + _COLUMNS * _ROWS)
            sheet = _sheet(faces, rows[part], pictures[part], labelled)
            content = io.BytesIO()
            sheet.save(content, "PNG")
            written.append(atomic_write(corpus.folder / f"sheet-{name}-{page}.png", content.getvalue()))
    return written


def _shard_and_row(faces: LabelledFaces, row: int) -> tuple[ShardName, list[int]]:
    name, place = faces.places[row]
    return name, [place]


def _sheet(
    faces: LabelledFaces, rows: NDArray[np.int64], pictures: Sequence[NDArray[np.uint8]], labelled: bool
) -> Image.Image:
    height = MEASURE_SIZE + _TEXT
    sheet = Image.new("RGB", (_COLUMNS * MEASURE_SIZE, -(-len(rows) // _COLUMNS) * height), "white")
    draw, letters = ImageDraw.Draw(sheet), font(15)
    for number, (row, picture) in enumerate(zip(rows, pictures, strict=True)):
        x, y = number % _COLUMNS * MEASURE_SIZE, number // _COLUMNS * height
        sheet.paste(Image.fromarray(picture), (x, y))
        lines = [f"{faces.arrays['index'][row]}"]
        if labelled:
            lines = _in_words(faces, int(row))
            for point_x, point_y in faces.arrays["landmarks"][row].tolist():
                draw.ellipse((x + point_x - 1, y + point_y - 1, x + point_x + 1, y + point_y + 1), fill=_DOT)
        for line, text in enumerate(lines):
            draw.text((x + 3, y + MEASURE_SIZE + 3 + 19 * line), text, _INK, letters)
    return sheet


def _in_words(faces: LabelledFaces, row: int) -> list[str]:
    labels = {name: values[row : row + 1] for name, values in faces.arrays.items()}
    there = [name for name in THRESHOLDS if float(labels[name][0]) >= THRESHOLDS[name]]
    expression = EXPRESSIONS[int(labels["expression"].argmax())]
    age = float(labels["age"][0])
    yaw, pitch, _ = labels["pose"][0].tolist()
    return [
        f"{faces.arrays['index'][row]} {expression}, {age:.0f}, {yaw:+.0f} {pitch:+.0f}",
        ", ".join(there) or "none",
    ]
