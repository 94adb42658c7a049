"""Whole inversions with the settings of before and with today's, portrait by portrait, and what that changes by person.

`python -m benchmarks.speed whole` runs it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from benchmarks.common import Part
from benchmarks.inversion import measure
from benchmarks.portraits import Portrait
from explorer.science.evaluation.people import interval_of_people
from explorer.science.generation.registry import generator_spec
from explorer.science.inversion.phases import drawn_resolutions
from explorer.science.inversion.settings import InversionSettings
from explorer.science.recognition.registry import ENCODERS, encoder_spec
from explorer.studio.catalogue.networks import Networks, preview_head_file

# What every run did before there were coarse steps and a contest that may end early.
BEFORE = InversionSettings(steps=90, coarse=0, lead=0.0, finish=14, precision="single")
# Of the same person by dlib's ResNet at a false match rate of 1e-3 among generated strangers; its makers' is 0.6.
DLIB_THRESHOLD = 0.43
# A run that does not get there counts with this many seconds.
NEVER = 9999.0

Row = Mapping[str, Any]
Measure = Callable[[Networks, Portrait, InversionSettings], Row]


class Pair(NamedTuple):
    """One portrait inverted both ways."""

    before: Row
    after: Row


def measured(networks: Networks, portrait: Portrait, settings: InversionSettings) -> Row:
    """What `benchmarks.inversion` says of one portrait, without its picture."""
    return measure(networks, portrait, settings)[0]


def pairs(
    networks: Networks,
    portraits: Iterable[Portrait],
    before: InversionSettings,
    after: InversionSettings,
    journal: Path | None = None,
    measure_one: Measure = measured,
) -> Iterator[Pair]:
    """Invert every portrait both ways, by turns: a machine that is busy for a while is so for both.

    Args:
        journal: where every run is written down, and is not made again.
    """
    known = {} if journal is None or not journal.exists() else _known(journal)
    for number, portrait in enumerate(portraits):
        rows: dict[str, Row] = {}
        ways = {"before": before, "after": after}
        for name in sorted(ways, reverse=number % 2 == 0):
            key = _key(portrait, ways[name])
            row = known.get(key)
            if row is None:
                row = measure_one(networks, portrait, ways[name])
                if journal is not None:
                    with journal.open("a") as file:
                        file.write(json.dumps({"key": key, "row": row}) + "\n")
            rows[name] = row
        yield Pair(rows["before"], rows["after"])


def pairs_of_results(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Pair]:
    """The runs of two results of `benchmarks.inversion`, portrait by portrait.

    Raises:
        ValueError: they are not of the same portraits.
    """
    ways = [{(row["person"], row["kind"]): row for row in results["portraits"]} for results in (before, after)]
    if ways[0].keys() != ways[1].keys():
        raise ValueError("the two results are not of the same portraits")
    return [Pair(ways[0][portrait], row) for portrait, row in ways[1].items()]


def _key(portrait: Portrait, settings: InversionSettings) -> str:
    """What a run follows from: a head that was trained since draws other images."""
    headed = generator_spec(settings.generator).heads
    files = [preview_head_file(size) for size in drawn_resolutions(settings) if size in headed]
    heads = " ".join(hashlib.sha256(file.read_bytes()).hexdigest()[:12] for file in files)
    return f"{portrait.person} {portrait.kind} {settings.model_dump_json()} {heads}"


def _known(journal: Path) -> dict[str, Row]:
    text = journal.read_text()
    # The last line may be half of one, where the benchmark was ended.
    whole = text[: text.rfind("\n") + 1]
    if whole != text:
        journal.write_text(whole)
    return {one["key"]: one["row"] for one in map(json.loads, whole.splitlines())}


def summary(made: Sequence[Pair], before: InversionSettings, after: InversionSettings) -> Part:
    """The median of a whole run, and portrait by portrait what the change of settings does to every score and time."""
    named = {name for name in ENCODERS if all(name in row for pair in made for row in pair)}
    judges = {name: name if name == after.encoder else f"{name}, held out" for name in ENCODERS if name in named}
    scores = {title: _change(made, itemgetter(name)) for name, title in judges.items()}
    times = {
        "seconds_to_0_85": _change(made, seconds_to_goal, np.median),
        "seconds_whole_run": _change(made, seconds_whole, np.median),
    }
    distances = [row["dlib-resnet"] for _, row in made if "dlib-resnet" in row]
    return Part(
        {"seconds_whole_run_median": times["seconds_whole_run"]["after"]},
        {
            "paired": {
                "before": before.model_dump(),
                "after": after.model_dump(),
                "portraits": len(made),
                "without_result": [sum("failure" in pair[way] for pair in made) for way in range(2)],
                "measures": {name: encoder_spec(name).measure for name in judges},
                "scores": scores,
                "times": times,
                "dlib_below_0_43": sum(distance < DLIB_THRESHOLD for distance in distances),
                "dlib_largest": max(distances, default=None),
                "rows": [pair._asdict() for pair in made],
            }
        },
    )


def seconds_to_goal(row: Row) -> float:
    """Seconds to the first face on show that is as near as is asked for; NEVER where none is."""
    return float(row.get("seconds_to_0_85") or NEVER)


def seconds_whole(row: Row) -> float:
    """Seconds of a run until its result is scored; of starts and steps alone where an earlier version noted no more."""
    return float(row.get("seconds_whole") or row.get("seconds") or NEVER)


def _change(
    made: Sequence[Pair], value: Callable[[Row], float], middle: Callable[[Any], Any] = np.mean
) -> dict[str, Any]:
    """The middle before, after, and of the change from portrait to portrait, with its 95 % interval by person.

    Args:
        middle: the mean or the median.
    """
    before, after = (np.array([value(pair[way]) for pair in made], np.float64) for way in range(2))
    change, names = after - before, sorted({str(pair.before["person"]) for pair in made})
    people = torch.tensor([names.index(pair.before["person"]) for pair in made])
    interval = interval_of_people(people, lambda rows: float(middle(change[rows.numpy()])))
    return {
        "before": round(float(middle(before)), 4),
        "after": round(float(middle(after)), 4),
        "change": round(float(middle(change)), 4),
        "interval": None if interval is None else [round(end, 4) for end in interval],
    }
