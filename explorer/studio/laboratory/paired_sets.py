"""Sets of photographs whose pairs are compared: all of them, or those that a `pairs.txt` of the LFW kind lists."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

import torch

from explorer.science.evaluation.accepting import Pairs
from explorer.studio.errors import UserError
from explorer.studio.evaluation.named_sets import photograph_set
from explorer.studio.evaluation.photograph_sets import PhotographSet, SetPhotograph, people_in
from explorer.studio.laboratory.published_pairs import published_pairs

PAIRS = "pairs.txt"
_LARGEST = 10_000_000
_TOPS = ("lfw", "lfw_funneled", "lfw-deepfunneled")


@dataclass(frozen=True, eq=False)
class PairedSet:
    """A set and which of its photographs are compared.

    listed: titles of the two photographs of each pair; None where all pairs are compared.
    """

    photographs: PhotographSet
    listed: tuple[tuple[str, str], ...] | None = None

    @property
    def protocol(self) -> str:
        """Which pairs, in words."""
        return "all pairs" if self.listed is None else "the pairs of its list"

    def pairs(self, photographs: tuple[SetPhotograph, ...]) -> tuple[Pairs, int]:
        """The pairs of those photographs that have a face, and how many that are listed have none.

        Raises:
            PairsError: none of one person is left, or none of two.
        """
        people = [one.person for one in photographs]
        if self.listed is None:
            return Pairs(people), 0
        row = {_title(one): number for number, one in enumerate(photographs)}
        both = [(row[one], row[other]) for one, other in self.listed if one in row and other in row]
        first, second = torch.tensor(both, dtype=torch.int64).reshape(-1, 2).unbind(1)
        return Pairs(people, first, second), len(self.listed) - len(both)


def paired_set(name: str, each: int | None = None) -> PairedSet:
    """The set of a name, as `photograph_set` takes it; a folder with a `pairs.txt` is compared by that, and one in the
    layout of CFP, CP-LFW, CALFW or AgeDB by its own lists.

    Args:
        each: at most so many photographs of each person, the first ones; not of listed pairs.

    Raises:
        MissingNetwork: the named set is not in the cache.
        UserError: there is no such folder, no person in it, or its list of pairs cannot be used.
    """
    folder = Path(name)
    published = published_pairs(folder)
    if published is not None:
        if each is not None:
            raise UserError(f"the lists of {folder} say which photographs are compared: leave out --each")
        return PairedSet(*published)
    top = next((folder / one for one in _TOPS if (folder / one).is_dir()), folder)
    list_file = next((place / PAIRS for place in (folder, top) if (place / PAIRS).is_file()), None)
    if list_file is None:
        chosen = people_in(top) if top != folder else photograph_set(name)
        kept = tuple(one for person in chosen.people for one in chosen.of(person)[:each])
        return PairedSet(replace(chosen, photographs=kept))
    if each is not None:
        raise UserError(f"{list_file} says which photographs are compared: leave out --each")
    listed = read_pairs(list_file)
    chosen = people_in(top)
    wanted = {title for pair in listed for title in pair}
    kept = tuple(one for one in chosen.photographs if _title(one) in wanted)
    missing = len(wanted - {_title(one) for one in kept})
    if missing:
        raise UserError(
            f"{missing} of the {len(wanted)} photographs in {list_file} are not in {top}: unpack all of them"
        )
    return PairedSet(replace(chosen, photographs=kept), listed)


def read_pairs(path: Path) -> tuple[tuple[str, str], ...]:
    """The pairs of a list as LFW has it: a person and the numbers of two photographs, or two people with a number each.

    Raises:
        UserError: it cannot be read, or a line is neither.
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise UserError(f"{path} is larger than {_LARGEST // 1_000_000} MB: that is no list of pairs")
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path} cannot be read: {error}") from error
    return tuple(_pair(line.split("\t"), path, number) for number, line in enumerate(lines[1:], 2) if line.strip())


def _pair(fields: list[str], path: Path, number: int) -> tuple[str, str]:
    try:
        if len(fields) == 3:
            return _listed(fields[0], fields[1]), _listed(fields[0], fields[2])
        one, its, other, number_of_other = fields
        return _listed(one, its), _listed(other, number_of_other)
    except ValueError as error:
        raise UserError(
            f"{path}, line {number}: a pair is NAME, NUMBER, NUMBER or NAME, NUMBER, NAME, NUMBER between tabs"
        ) from error


def _listed(person: str, number: str) -> str:
    return f"{person.strip()}/{person.strip()}_{int(number):04d}"


def _title(one: SetPhotograph) -> str:
    return f"{one.person}/{PurePosixPath(one.name).stem}"
