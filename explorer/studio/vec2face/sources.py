"""The faces by person that a generator from vectors learns from or is judged on, from wherever they come."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from explorer.science.faces.face import Photograph
from explorer.science.faces.reading import photograph_of
from explorer.science.names import shown
from explorer.science.training.corpus import SPLITS
from explorer.science.training.folders.listing import split_by_hash
from explorer.science.training.photoreal_people import PhotorealModels
from explorer.studio.catalogue.networks import Networks
from explorer.studio.corpus.shards import CorpusFolder, Kind, ShardName, from_jpeg
from explorer.studio.errors import UserError
from explorer.studio.evaluation.photograph_sets import PhotographSet, SetPhotograph
from explorer.studio.populations.list_file import PeopleList, people_list_file, read_people_list
from explorer.studio.populations.people_pictures import PER_PART, PeoplePicture, PicturesPart, parts_of
from explorer.studio.populations.photoreal import PhotorealSource
from explorer.studio.populations.values import PhotorealSettings

DRAWN = "photoreal"
"""By this name people are drawn from the list of photoreal people."""
_SIDE = 256
# Of the list so many people are a part.
_PEOPLE = 10
_KINDS: tuple[Kind, ...] = ("base", "folder")


def named_parts(
    name: str, networks: Networks, people: int, pictures: int, list_file: Path | None = None
) -> list[PicturesPart]:
    """The pictures of a source.

    Args:
        name: photoreal, a corpus's folder, or one as `parts_of` reads it.
        people, pictures: how many are drawn of the list, and of each.
        list_file: the list of photoreal people; the program's own if None.

    Raises:
        UserError: there is no such source, or the list has not so many people. FolderError: a folder is not of its
            layout.
    """
    if name == DRAWN:
        listed, digest = read_people_list(list_file or people_list_file())
        if people > len(listed):
            raise UserError(f"--people {people}: the list has {len(listed)}; ask for no more")
        return _of_list(listed, digest, networks, people, pictures)
    folder = Path(name)
    if (folder / "recipe.json").exists():
        return _of_corpus(CorpusFolder(folder))
    return parts_of(folder)


def parts_of_set(photographs: PhotographSet) -> list[PicturesPart]:
    """The photographs of a set, all of which judge."""
    whole = photographs.photographs
    listed = "\n".join(f"{one.person}/{one.name}" for one in whole)
    mark = f"{photographs.name} {hashlib.sha256(listed.encode()).hexdigest()}"
    return [_of_photographs(mark, first, whole[first : first + PER_PART]) for first in range(0, len(whole), PER_PART)]


def words_of(name: str) -> str:
    """What a source is called in texts."""
    return "the list of photoreal people" if name == DRAWN else shown(Path(name).name)


def _of_list(listed: PeopleList, digest: str, networks: Networks, people: int, pictures: int) -> list[PicturesPart]:
    settings = PhotorealSettings(count=people, pictures=pictures, size=_SIDE)

    def drawn(places: range) -> Iterator[PeoplePicture]:
        models = PhotorealModels(networks.generator(), networks.detector(), {})
        source = PhotorealSource(listed, settings, models)
        for place in places:
            for one in source.pictures(place):
                read = partial(photograph_of, one.pixels, f"{one.seed}-{one.number}")
                yield PeoplePicture(str(one.seed), split_by_hash(str(one.seed)), read, None, {})

    parts = [range(first, min(first + _PEOPLE, people)) for first in range(0, people, _PEOPLE)]
    return [PicturesPart(f"{digest} {pictures} {part}", partial(drawn, part), len(part) * pictures) for part in parts]


def _of_corpus(corpus: CorpusFolder) -> list[PicturesPart]:
    """Each base face is a person, with the pictures that a shard has of them."""

    def pictures(name: ShardName) -> Iterator[PeoplePicture]:
        shard = corpus.read(name)
        rows = range(len(shard["base"]))
        for row, data in zip(rows, corpus.jpegs(name, rows), strict=True):
            read = partial(_photograph, data, f"{name}-{row}")
            split = SPLITS[int(shard["split"][row])]
            yield PeoplePicture(str(int(shard["base"][row])), split, read, None, {})

    names = [name for kind in _KINDS for name in corpus.names(kind)]
    place = corpus.folder.resolve()
    return [PicturesPart(f"corpus {place} {name}", partial(pictures, name), PER_PART) for name in names]


def _photograph(data: bytes, name: str) -> Photograph:
    return photograph_of(np.ascontiguousarray(from_jpeg(data)), name)


def _of_photographs(mark: str, first: int, some: Sequence[SetPhotograph]) -> PicturesPart:
    def pictures() -> Iterator[PeoplePicture]:
        for one in some:
            yield PeoplePicture(one.person, "test", one.read, None, {})

    return PicturesPart(f"{mark} {first}", pictures, len(some))
