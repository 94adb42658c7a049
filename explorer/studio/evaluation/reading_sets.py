"""The photographs that readings are judged on, and what is known of each by hand.

Of ORL and openpeople the listed ones (models/readings-photographs.csv), with their hand labels; of a folder that holds
a folder for each person the first ones of each, with what its `labels.csv` says: a line a photograph with `person`,
`photograph` and whichever of `smiling`, `eyeglasses`, `hat`, `male` (0 or 1), `expression`, `age_from` and `age_to` are
known. Without it the image labellers' word on the photograph itself is what the rest is held against.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from explorer.science.leakage.labels.expression import EXPRESSIONS
from explorer.science.names import shown
from explorer.studio import places
from explorer.studio.errors import UserError
from explorer.studio.evaluation import openpeople, orl
from explorer.studio.evaluation.named_sets import photograph_set
from explorer.studio.evaluation.photograph_sets import PhotographSet, SetPhotograph

LABELS = "labels.csv"
_BINARY = {"smiling": "smiling", "eyeglasses": "eyeglasses", "hat": "hat", "gender": "male"}
_LARGEST = 10_000_000
_OLDEST = 120.0


@dataclass(frozen=True, eq=False)
class KnownPhotograph:
    """A photograph and what is known of it: by probe, as its `target` gives it; empty where nobody labelled it."""

    photograph: SetPhotograph
    truths: Mapping[str, float]


@dataclass(frozen=True, eq=False)
class ReadingSet:
    """Photographs that readings are judged on.

    runs: how many inversions each vector is read off by default.
    by_hand: the probes that somebody labelled it for; where empty, the labellers' word on the photographs is the truth.
    """

    name: str
    credit: str
    photographs: tuple[KnownPhotograph, ...]
    runs: int
    by_hand: tuple[str, ...]
    remarks: tuple[str, ...] = ()

    def first(self, people: int | None) -> ReadingSet:
        """The first so many people; all where None."""
        names = list(dict.fromkeys(one.photograph.person for one in self.photographs))[:people]
        kept = tuple(one for one in self.photographs if one.photograph.person in names)
        return replace(self, photographs=kept)


def reading_set(name: str, each: int) -> ReadingSet:
    """The photographs of `orl`, `openpeople`, or else the folder of that path.

    Args:
        each: how many photographs of a person of a folder, the first ones.

    Raises:
        MissingNetwork: the named set is not in the cache.
        UserError: there is no such folder, no person in it, or a file of labels is damaged.
    """
    photographs = photograph_set(name)
    if name == openpeople.NAME:
        truths = {(one.person, one.name): one.truths for one in openpeople.hand_labels()}
        return _listed(photographs, truths, 3, openpeople.BY_HAND)
    if name == orl.NAME:
        truths = {(one.person, one.name): one.truths for one in orl.orl_labels()}
        return _listed(photographs, truths, 1, orl.BY_HAND)
    truths = _of_folder(Path(name) / LABELS)
    chosen = [one for person in photographs.people for one in photographs.of(person)[:each]]
    known = tuple(KnownPhotograph(one, truths.get((one.person, one.name), {})) for one in chosen)
    by_hand = tuple(dict.fromkeys(probe for one in known for probe in one.truths))
    return ReadingSet(photographs.name, photographs.credit, known, 1, by_hand, photographs.remarks)


def _listed(
    photographs: PhotographSet,
    truths: Mapping[tuple[str, str], Mapping[str, float]],
    runs: int,
    by_hand: Sequence[str],
) -> ReadingSet:
    place = places.models() / "readings-photographs.csv"
    try:
        with place.open(encoding="utf-8", newline="") as file:
            listed = {
                (line["person"], line["photograph"]) for line in csv.DictReader(file) if line["set"] == photographs.name
            }
    except (OSError, ValueError, KeyError) as error:
        raise UserError(f"{place}, which belongs to this program, is missing or damaged: install it again") from error
    known = tuple(
        KnownPhotograph(one, truths.get((one.person, one.name), {}))
        for one in photographs.photographs
        if (one.person, one.name) in listed
    )
    return ReadingSet(photographs.name, photographs.credit, known, runs, tuple(by_hand))


def _of_folder(file: Path) -> dict[tuple[str, str], Mapping[str, float]]:
    """What a folder's file of labels says, by person and photograph; nothing where there is none."""
    if not file.is_file():
        return {}
    try:
        if file.stat().st_size > _LARGEST:
            raise ValueError(f"more than {_LARGEST // 1_000_000} MB")
        with file.open(encoding="utf-8", newline="") as opened:
            return {
                (line["person"], line["photograph"]): _truths(line, number)
                for number, line in enumerate(csv.DictReader(opened), 2)
            }
    except OSError as error:
        raise UserError(f"cannot read {shown(file)}: {error.strerror or error}") from error
    except (ValueError, KeyError, TypeError, AttributeError, csv.Error) as error:
        said = f"there is no column {error}" if isinstance(error, KeyError) else str(error)
        raise UserError(
            f"{shown(file)} is no table of labels: {said}; give columns person, photograph and any of "
            f"{', '.join(_BINARY.values())} (0, 1 or empty), expression, age_from and age_to"
        ) from error


def _truths(line: Mapping[str, str | None], number: int) -> dict[str, float]:
    truths = dict[str, float]()
    for probe, column in _BINARY.items():
        said = (line.get(column) or "").strip()
        if said not in ("", "0", "1"):
            raise ValueError(f"line {number}: {column} is {said!r}, neither 0 nor 1")
        if said:
            truths[probe] = float(said)
    expression = (line.get("expression") or "").strip()
    if expression and expression not in EXPRESSIONS:
        raise ValueError(f"line {number}: expression is {expression!r}, none of {', '.join(EXPRESSIONS)}")
    if expression:
        truths["expression"] = EXPRESSIONS.index(expression)
    band = [(line.get(edge) or "").strip() for edge in ("age_from", "age_to")]
    if all(band):
        low, high = (float(edge) for edge in band)
        if not 0 <= low <= high <= _OLDEST:
            raise ValueError(f"line {number}: no age is from {band[0]} to {band[1]}")
        truths["age"] = (low + high) / 2
    return truths
