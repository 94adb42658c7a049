"""Data sets as folders: the layouts of CASIA-WebFace and of FairFace, whose readers take them.

casia       `0000004/001.jpg`: a folder for each person.
fairface    `train/NUMBER.jpg` and `val/NUMBER.jpg` with `fairface_label_train.csv` and `fairface_label_val.csv`: people
            for testing are in `val`. A column more than FairFace has, `identity`, says whose picture it is. What a
            source does not know is empty. Groups of labelled people, who are drawn by sliders, stand under the nearest
            of FairFace's names, which are all that its readers take.

Beside them `labels.jsonl` has all labels of each picture, a line each, and `maps/` the maps where they are asked for.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from explorer.science.training.folders.fairface import AGES, COLUMNS, IDENTITY
from explorer.studio.files import atomic_write
from explorer.studio.places import private_folder
from explorer.studio.populations.samples import Sample
from explorer.studio.populations.set_shards import jpeg
from explorer.studio.populations.values import Layout

FILE = "file"
MAPS = "maps"
_FIRST_YEARS = (0, 3, 10, 20, 30, 40, 50, 60, 70)
# MakeHuman's names of its sliders, and FairFace's nearest.
RACES = {"african": "Black", "asian": "East Asian", "caucasian": "White"}


def write_samples(samples: Iterable[Sample], folder: Path, layout: Layout, pictures: int) -> list[dict[str, Any]]:
    """Write pictures into a folder by a layout; their labels, with the file of each.

    Args:
        pictures: of each person at most, by which FairFace's numbers follow from the person's.
    """
    told = []
    for one in samples:
        name = _place(one, layout, pictures)
        private_folder((folder / name).parent)
        atomic_write(folder / name, jpeg(one.pixels), settled=False)
        if one.maps:
            maps = private_folder(folder / MAPS) / f"{one.key}.npz"
            atomic_write(maps, partial(_write_maps, one), settled=False)
        told.append({FILE: name, "key": one.key, **one.labels})
    return told


def _place(one: Sample, layout: Layout, pictures: int) -> str:
    if layout == "casia":
        return f"{one.person}/{one.number:03d}.jpg"
    part = "val" if one.labels["split"] == "test" else "train"
    return f"{part}/{int(one.person) * pictures + one.number}.jpg"


def _write_maps(one: Sample, file: BinaryIO) -> None:
    np.savez_compressed(file, allow_pickle=False, **one.maps)


def write_tables(told: Sequence[Mapping[str, Any]], folder: Path) -> list[Path]:
    """Write FairFace's two tables by the labels of all pictures."""
    written = []
    for part in ("train", "val"):
        rows = [one for one in told if str(one[FILE]).startswith(f"{part}/")]
        text = io.StringIO(newline="")
        table = csv.writer(text, lineterminator="\n")
        table.writerow([*COLUMNS, IDENTITY])
        for one in rows:
            gender, age = one["gender"], one["age"]
            said = ["" if age is None else decade(age), "" if gender is None else gender.capitalize()]
            race = "" if one["group"] is None else RACES[one["group"]]
            table.writerow([one[FILE], *said, race, "True", one["identity"]])
        written.append(atomic_write(folder / f"fairface_label_{part}.csv", text.getvalue().encode()))
    return written


def decade(age: float) -> str:
    """FairFace's name of an age."""
    return AGES[int(np.searchsorted(_FIRST_YEARS, age, side="right")) - 1]
