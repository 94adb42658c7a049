"""Faces that a teacher is asked about: generated ones, those of a corpus, or photographs; page by page."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from explorer.science.blackbox.methods import FRAME
from explorer.science.faces.alignment import crop_frame
from explorer.science.faces.choosing import choose_face
from explorer.science.faces.detection import Detector
from explorer.science.faces.face import FaceError
from explorer.science.faces.reading import read_file
from explorer.science.names import shown
from explorer.science.training.folders import LAYOUTS, layout_of
from explorer.studio.blackbox.answers import picture_hash
from explorer.studio.blackbox.asked_faces import PAGE, FaceSupply
from explorer.studio.corpus.shards import CorpusFolder, Kind, from_jpeg
from explorer.studio.evaluation.photograph_sets import PhotographSet, SetPhotograph

# Of the first page that nothing is learnt from: far behind any that is.
UNSEEN_PAGE = 200_000
_KINDS: tuple[Kind, ...] = ("base", "folder")


@dataclass(frozen=True, eq=False)
class FramePage:
    """Frames (n, R, R, 3) uint8 RGB of the common frame, which may be none.

    pictures: hashes by which they are known. people: whose each is. photographs: sha256, None of generated faces.
    """

    frames: NDArray[np.uint8]
    pictures: tuple[str, ...]
    people: tuple[int, ...]
    photographs: tuple[str | None, ...]


class FrameSource(Protocol):
    """Faces in pages.

    Attributes:
        words: what they are. pages: how many there are.
        generated: how many of the generated faces from the first on they are; 0 of others.
    """

    @property
    def words(self) -> str: ...  # noqa: D102 - said above

    @property
    def pages(self) -> int: ...  # noqa: D102 - said above

    @property
    def generated(self) -> int: ...  # noqa: D102 - said above

    def key(self, number: int) -> str:
        """Of all that a page follows from."""
        ...

    def page(self, number: int) -> FramePage:
        """A page."""
        ...


class GeneratedFrames:
    """The faces that attacks on a black box ask about, too, so that none is asked about twice.

    Args:
        supply: draws them, without looking at them. count: how many.
        unseen: whether it is others than those that anything is learnt from.
    """

    def __init__(self, supply: FaceSupply, count: int, *, unseen: bool = False) -> None:
        self._supply, self._count, self._first = supply, count, UNSEEN_PAGE if unseen else 0
        self.words = f"{count} {'other ' if unseen else ''}generated faces"
        self.pages, self.generated = -(-count // PAGE), 0 if unseen else count

    def key(self, number: int) -> str:
        """The same for any count that fills the page."""
        return f"generated {self._first + number} {self._size(number)}"

    def page(self, number: int) -> FramePage:
        """Fifty faces, the last page perhaps fewer; each is a person."""
        pictures, frames = self._supply.shown(self._first + number)
        first, count = number * PAGE, self._size(number)
        people = tuple(range(first, first + count))
        return FramePage(frames[:count], pictures[:count], people, (None,) * count)

    def _size(self, number: int) -> int:
        return min(PAGE, self._count - number * PAGE)


class CorpusFrames:
    """The frames of a corpus, a shard a page; each base face is a person."""

    generated = 0

    def __init__(self, corpus: CorpusFolder) -> None:
        self._corpus = corpus
        self._names = [name for kind in _KINDS for name in corpus.names(kind)]
        self.pages = len(self._names)
        self.words = f"the corpus {shown(corpus.folder.name)}"

    def key(self, number: int) -> str:
        """A shard's place."""
        return f"corpus {self._corpus.folder.resolve()} {self._names[number]}"

    def page(self, number: int) -> FramePage:
        """A shard's frames."""
        name = self._names[number]
        people = tuple(self._corpus.read(name)["base"].tolist())
        frames = np.stack([from_jpeg(data) for data in self._corpus.jpegs(name, range(len(people)))])
        return FramePage(frames, tuple(map(picture_hash, frames)), people, (None,) * len(people))


class PhotographFrames:
    """The main face of each photograph; those without a usable one are left out.

    Args:
        name, photographs: of a set. detector: finds the faces.
    """

    generated = 0

    def __init__(self, name: str, photographs: Sequence[SetPhotograph], detector: Detector) -> None:
        self._photographs, self._detector = photographs, detector
        numbers = {person: at for at, person in enumerate(dict.fromkeys(one.person for one in photographs))}
        self._people = [numbers[one.person] for one in photographs]
        listed = "\n".join(f"{one.person}/{one.name}" for one in photographs)
        self._key = f"photographs {name} {hashlib.sha256(listed.encode()).hexdigest()}"
        self.words = f"{len(photographs)} photographs of {len(numbers)} people of {shown(name)}"
        self.pages = -(-len(photographs) // PAGE)

    @classmethod
    def of_set(cls, photographs: PhotographSet, detector: Detector) -> PhotographFrames:
        """Those of a set."""
        return cls(photographs.name, photographs.photographs, detector)

    @classmethod
    def of_folder(cls, folder: Path, detector: Detector) -> PhotographFrames:
        """Those of a folder in a published layout that it does not keep for tests.

        Raises:
            FolderError: the folder is not of its layout, or holds no photographs.
        """
        faces = [face for face in LAYOUTS[layout_of(folder)].read(folder).faces if face.split != "test"]
        chosen = [SetPhotograph(face.identity, face.path.name, partial(read_file, face.path)) for face in faces]
        return cls(str(folder.resolve()), chosen, detector)

    def key(self, number: int) -> str:
        """The names of all people and photographs."""
        return f"{self._key} {number}"

    def page(self, number: int) -> FramePage:
        """The faces of fifty photographs."""
        frames, people, hashes = list[NDArray[np.uint8]](), list[int](), list[str | None]()
        for place in range(number * PAGE, min((number + 1) * PAGE, len(self._photographs))):
            try:
                photograph = self._photographs[place].read()
                face = choose_face(photograph, self._detector.detect(photograph.pixels))
                frames.append(crop_frame(photograph, face, FRAME).frame)
            except FaceError:
                continue
            people.append(self._people[place])
            hashes.append(photograph.sha256)
        whole = np.stack(frames) if frames else np.empty((0, FRAME, FRAME, 3), np.uint8)
        return FramePage(whole, tuple(map(picture_hash, frames)), tuple(people), tuple(hashes))
