"""The lists of pairs that CFP-FP, CP-LFW, CALFW and AgeDB-30 are verified by, in the layouts that they are unpacked to.

CFP       Protocol/Pair_list_F.txt, Pair_list_P.txt and Protocol/Split/FP/NN/{same,diff}.txt; Data/Images/NNN/*/NN.jpg
CP-LFW    pairs_CPLFW.txt: a picture and a number a line, two lines a pair; images/
CALFW     pairs_CALFW.txt, alike; images/, or aligned images/
AgeDB     a list of IMAGE IMAGE 0|1, agedb_30_pair.txt or pairs.txt, of pictures called N_NAME_AGE_SEX.jpg
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

from explorer.science.faces.reading import read_file
from explorer.science.names import shown
from explorer.studio.errors import UserError
from explorer.studio.evaluation.photograph_sets import PhotographSet, SetPhotograph

_LARGEST = 10_000_000
_CROSS = ("pairs_CPLFW.txt", "pairs_CALFW.txt")
_IMAGES = ("images", "aligned images", "aligned_images", "")
_AGE = ("agedb_30_pair.txt", "pairs.txt")
_CFP_SETS, _CFP_KINDS = "Protocol/Split/FP", ("same.txt", "diff.txt")
_CFP_LISTS = ("Protocol/Pair_list_F.txt", "Protocol/Pair_list_P.txt")
_AGED = re.compile(r"^\d+_(?P<person>.+)_\d+_[fm]\.(jpg|png)$", re.IGNORECASE)
Listed = tuple[tuple[str, str], ...]


def published_pairs(folder: Path) -> tuple[PhotographSet, Listed] | None:
    """The photographs of a folder in one of these layouts, and titles of the two of each pair, as of `PairedSet`; None
    where it is in none.

    Raises:
        UserError: a list cannot be read, names a picture that is not there, or has a line of another form.
    """
    if (folder / _CFP_SETS).is_dir():
        return _found(folder, _of_cfp(folder))
    for name in _CROSS:
        if (folder / name).is_file():
            return _found(folder, _of_cross(folder, folder / name))
    for name in _AGE:
        if (folder / name).is_file() and _is_of_ages(folder / name):
            return _found(folder, _of_ages(folder, folder / name))
    return None


Pair = tuple[SetPhotograph, SetPhotograph]


def _found(folder: Path, pairs: Iterable[Pair]) -> tuple[PhotographSet, Listed]:
    photographs, listed = dict[str, SetPhotograph](), list[tuple[str, str]]()
    for pair in pairs:
        titles = [f"{one.person}/{Path(one.name).stem}" for one in pair]
        photographs |= dict(zip(titles, pair, strict=True))
        listed.append((titles[0], titles[1]))
    if not listed:
        raise UserError(f"{shown(folder)}: its lists hold no pair")
    return PhotographSet(shown(folder.name), tuple(photographs.values())), tuple(listed)


def _of_cfp(folder: Path) -> Iterator[Pair]:
    lists = [dict(_numbered(folder / one)) for one in _CFP_LISTS]
    for split in sorted((folder / _CFP_SETS).iterdir()):
        for kind in _CFP_KINDS:
            for number, line in enumerate(_lines(split / kind), 1):
                frontal, _, profile = line.partition(",")
                try:
                    one, other = lists[0][int(frontal)], lists[1][int(profile)]
                except (ValueError, KeyError) as error:
                    raise UserError(
                        f"{shown(split / kind)}, line {number}: a pair is two numbers of the lists, as 12,7"
                    ) from error
                yield (
                    _photograph(one.parts[-3], "-".join(one.parts[-2:]), one),
                    _photograph(other.parts[-3], "-".join(other.parts[-2:]), other),
                )


def _numbered(file: Path) -> Iterator[tuple[int, Path]]:
    """The pictures of a list of CFP's by number; their paths begin at the folder of the list."""
    for line in _lines(file):
        number, _, name = line.partition(" ")
        path = file.parent / name.strip()
        if not number.isdecimal() or len(path.parts) < 3:
            raise UserError(f"{shown(file)}: a line is a number and the path of a picture")
        yield int(number), path


def _of_cross(folder: Path, file: Path) -> Iterator[Pair]:
    """Of CP-LFW and CALFW: pictures are called by their person and a number."""
    images = next(folder / one for one in _IMAGES if (folder / one).is_dir())
    names = [line.split()[0] for line in _lines(file)]
    if len(names) % 2:
        raise UserError(f"{shown(file)}: two lines are a pair, and it has {len(names)}")
    for one, other in zip(names[::2], names[1::2], strict=True):
        yield _of_person(images / one), _of_person(images / other)


def _of_person(path: Path) -> SetPhotograph:
    return _photograph(path.stem.rpartition("_")[0], path.name, path)


def _is_of_ages(file: Path) -> bool:
    first = next(iter(_lines(file)), "").split()
    return len(first) == 3 and first[2] in ("0", "1") and all(_AGED.match(Path(one).name) for one in first[:2])


def _of_ages(folder: Path, file: Path) -> Iterator[Pair]:
    for number, line in enumerate(_lines(file), 1):
        fields = line.split()
        found = [_AGED.match(Path(one).name) for one in fields[:2]]
        if len(fields) != 3 or not all(found):
            raise UserError(
                f"{shown(file)}, line {number}: a pair is two pictures called N_NAME_AGE_SEX.jpg, and 0 or 1"
            )
        one, other = (
            _photograph(match["person"], Path(name).name, folder / name)
            for match, name in zip(found, fields, strict=False)
            if match is not None
        )
        yield one, other


def _photograph(person: str, name: str, path: Path) -> SetPhotograph:
    if not path.is_file():
        raise UserError(f"{shown(path)} is listed and not there: unpack all of the set")
    return SetPhotograph(shown(person), shown(name), partial(read_file, path))


def _lines(file: Path) -> list[str]:
    try:
        if file.stat().st_size > _LARGEST:
            raise UserError(f"{shown(file)} is larger than {_LARGEST // 1_000_000} MB: that is no list of pairs")
        return [line for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{shown(file)} cannot be read: {error}") from error
