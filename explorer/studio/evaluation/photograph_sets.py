"""Sets of photographs by person: ORL, openpeople or a folder of the user's, seen through one interface."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from explorer.science.faces.face import Photograph
from explorer.science.faces.reading import read_file
from explorer.science.faces.walking import PassedOver, photographs_in
from explorer.science.names import name_of, shown
from explorer.studio.errors import UserError


@dataclass(frozen=True, eq=False)
class SetPhotograph:
    """One photograph of a set.

    person: whose it is, as the set names them.
    name: of the photograph among those of its person.
    read: decodes it, as a detector needs it; raises FaceError where it is damaged.
    """

    person: str
    name: str
    read: Callable[[], Photograph]


@dataclass(frozen=True, eq=False)
class PhotographSet:
    """Photographs of known people, person by person.

    name: by which commands, files and texts call the set.
    credit: what its makers ask for; empty where they ask for nothing.
    remarks: what was passed over, each a sentence without its end.
    """

    name: str
    photographs: tuple[SetPhotograph, ...]
    credit: str = ""
    remarks: tuple[str, ...] = ()

    @property
    def people(self) -> tuple[str, ...]:
        """Each person once, in the order of the photographs."""
        return tuple(dict.fromkeys(one.person for one in self.photographs))

    def of(self, person: str) -> tuple[SetPhotograph, ...]:
        """The photographs of a person."""
        return tuple(one for one in self.photographs if one.person == person)


def people_in(folder: Path) -> PhotographSet:
    """The set in a folder that holds one folder for each person; deeper folders count to the person above them.

    Raises:
        UserError: there is no such folder, it cannot be read, or it holds no folder with photographs.
    """
    if not folder.is_dir():
        raise UserError(f"there is no folder {shown(folder)}: give a folder that holds one folder for each person")
    passed, found, loose = PassedOver(), list[SetPhotograph](), 0
    for path in photographs_in(folder, passed):
        person, *inner = path.relative_to(folder).parts
        if inner:
            found.append(SetPhotograph(shown(person), shown("/".join(inner)), partial(read_file, path)))
        else:
            loose += 1
    if not found:
        raise UserError(
            f"{shown(folder)} holds no folders with photographs in them: give a folder that holds one for each person"
        )
    remarks = [f"photographs beside the people's folders, passed over: {loose}"] if loose else []
    if passed:
        remarks.append(f"passed over: {passed.words()}")
    return PhotographSet(name_of(folder.absolute()), tuple(found), remarks=tuple(remarks))
