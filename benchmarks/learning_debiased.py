"""The part `debias` of `benchmarks.learning`: whether a smile can still be read off the debiased encoder."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import torch

from benchmarks.common import Part
from explorer.studio.catalogue import MissingNetwork
from explorer.studio.catalogue.networks import Networks
from explorer.studio.errors import UserError
from explorer.studio.laboratory.debiased_files import before_and_after
from explorer.studio.laboratory.debiased_judged import (
    AFTER,
    BEFORE,
    UNSEEN,
    leak_lines,
    leaks_of,
    see_people,
    verified_among,
    verified_line,
    verified_on,
)
from explorer.studio.places import private_folder
from explorer.studio.populations.debiasing_material import PeopleMaterial, people_material
from explorer.studio.populations.list_file import people_list_file, read_people_list

PICTURES = 10
SETS = ("orl", "orl+noise", "orl+32px", "openpeople")


def measure_debias(work: Path, people: int, photoreal: Path | None = None) -> Part:
    """The debiased encoder on photoreal people and on photographs.

    Args:
        people: of whom the encoder has learnt nothing, at most. photoreal: a set of such people; if None that of the
            list, which is drawn into the work folder.
    """
    before, after, record = before_and_after()
    attribute = record.attributes[0].name
    folder = photoreal or _drawn(work)
    material = people_material([folder], [one.name for one in record.attributes], record.encoder, work, _quiet)
    seen = see_people({BEFORE: before.body, AFTER: after.body}, _fewer(material, people), record)
    leaks = [one for one in leaks_of(seen, record, print) if one.attribute == attribute]
    if not leaks:
        raise UserError("too few people for probes: draw more")
    among = verified_among(seen, before.spec.measure)
    verified = [among]
    for name in SETS:
        try:
            verified.append(verified_on(name, {BEFORE: before, AFTER: after}, Networks("cpu"), _quiet))
        except MissingNetwork as error:
            print(f"{name} is left out: {error}")
    print("\n".join([*leak_lines(leaks), *map(verified_line, verified)]))
    headline = {
        "smile_leak_before": max(one.before.best.value for one in leaks),
        "smile_leak_after": max(one.after.best.value for one in leaks),
        "tpr_before": among.before.value,
        "tpr_after": among.after.value,
    }
    details = {
        "attribute": attribute,
        "data": material.words,
        "leaks": [one.model_dump(mode="json") for one in leaks],
        "verified": [one.model_dump(mode="json") for one in verified],
    }
    return Part(headline, {"debias": details})


def _drawn(work: Path) -> Path:
    """The data set of the list's people, drawn once."""
    folder = private_folder(work) / "photoreal"
    if not (folder / "set.json").exists():
        count = len(read_people_list(people_list_file())[0])
        words = ["people", "set", "--source", "photoreal", "--layout", "casia", "--count", str(count)]
        words += ["--pictures", str(PICTURES), "--out", str(folder)]
        program = Path(__file__).resolve().parent.parent / "run_explorer.py"
        subprocess.run([sys.executable, str(program), *words], check=True, env=dict(os.environ))
    return folder


def _fewer(material: PeopleMaterial, people: int) -> PeopleMaterial:
    """The same set with so many unseen people at most, the first ones."""
    rows = material.only(*UNSEEN)
    chosen = material.people[rows].unique()[:people]
    kept = torch.cat([material.only("train"), rows[torch.isin(material.people[rows], chosen)]]).sort().values
    labels = {name: values[kept] for name, values in material.labels.items()}
    return replace(
        material,
        pictures=material.pictures[kept],
        people=material.people[kept],
        split=material.split[kept],
        labels=labels,
    )


def _quiet(done: int, total: int) -> None:
    """Nobody watches."""
