"""Synthetic people as the session holds them: who is chosen, what is drawn of them, and what is true of pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from explorer.studio.arrays import Image
from explorer.studio.people.choice import PersonChoice, Rendering
from explorer.studio.people.picture_truth import PictureTruth
from explorer.studio.session.slices import Forgotten, Slice, holds_no_face


@dataclass(frozen=True, eq=False)
class DrawnPicture:
    """A picture of a scene. pixels: (S, S, 3) uint8. coarse: whether it stands for a finer one that is to come.

    truth: None of a coarse one.
    """

    pixels: Image
    rendering: Rendering
    coarse: bool = False
    truth: PictureTruth | None = None


@dataclass(frozen=True, eq=False)
class DrawnTile:
    """A small picture of one of several people. pixels: (S, S, 3) uint8."""

    seed: int
    pixels: Image


@dataclass(frozen=True, eq=False)
class PeopleShown:
    """What is drawn of the choice.

    watched: whether anybody looks. raster, traced: None until they come, and while they are of an earlier scene.
    tracing: samples a pixel that are done, of how many; None where nothing is traced. stopped: whether the user stopped
    it. tiles: people of following seeds. waiting: how many tiles are to come. remark: why something is not drawn.
    sent: the name of the face that the picture in view has become. units: of expression, by name, that the model has.
    """

    watched: bool = False
    raster: DrawnPicture | None = None
    traced: DrawnPicture | None = None
    tracing: tuple[int, int] | None = None
    stopped: bool = False
    tiles: tuple[DrawnTile, ...] = ()
    waiting: int = 0
    remark: str = ""
    sent: str = ""
    units: tuple[str, ...] = ()

    @property
    def in_view(self) -> DrawnPicture | None:
        """The best picture that there is."""
        return self.traced or self.raster


def _first(choice: PersonChoice) -> object:
    return choice if choice.touched else None


PERSON = Slice[PersonChoice](
    name="person",
    default=PersonChoice,
    without=holds_no_face("it describes people who never were"),
    mark=_first,
    undo=True,
)
"""Who is chosen in the People dock."""

PEOPLE_SHOWN = Slice[PeopleShown](
    name="people_shown",
    default=PeopleShown,
    without=holds_no_face("it shows people who never were"),
    mark=None,
    unsaved="it is drawn again from what is chosen",
    cleared=lambda shown: PeopleShown(watched=shown.watched, units=shown.units),
)
"""What is drawn of that."""

Truths = Mapping[str, PictureTruth]


def _without(truths: Truths, forgotten: Forgotten) -> Truths:
    left = {key: truth for key, truth in truths.items() if key not in forgotten.photographs}
    return truths if len(left) == len(truths) else left


TRUTHS = Slice[Truths](name="truths", default=dict, without=_without, mark=None)
"""By photograph: what is true of the pictures that were sent to Faces."""

SLICES = (PERSON, PEOPLE_SHOWN, TRUTHS)


def truth_of(truths: Truths, key: str | None) -> PictureTruth | None:
    """What is true of the picture of a face, by the face's key."""
    return truths.get((key or "").partition("/")[0])
