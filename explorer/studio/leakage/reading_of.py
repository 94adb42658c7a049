"""Whose the readings in view are, for the record of a file that shows them."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.science.faces.face import Face
from explorer.studio.faces.state import FACES, PHOTOGRAPHS, SELECTED, VECTORS
from explorer.studio.inversion.state import RUN, RunState
from explorer.studio.leakage.state import PROBING
from explorer.studio.session.state import Session


@dataclass(frozen=True, eq=False)
class ReadingsOf:
    """Where readings came from.

    name, sha256: of the photograph or vector file. face: of the photograph; None of a bare embedding.
    run: whose picture was read beside it, and step: of it, None for its result; no run where none was read.
    """

    name: str = ""
    sha256: str = ""
    face: Face | None = None
    run: RunState | None = None
    step: int | None = None

    @property
    def guided(self) -> bool:
        """Whether the photograph guided the run."""
        return self.run is not None and self.run.shows_photograph


def readings_of(session: Session) -> ReadingsOf:
    """Of what is selected, and of the run in view where its picture was read."""
    key, result = session[SELECTED] or "", session[PROBING].result
    read = None if result is None or result.reading is None else result
    run = session[RUN] if read is not None else None
    number = "" if read is None else read.picture.removeprefix("step ")
    step = int(number) if number.isdigit() else None
    face, vector = session[FACES].get(key), session[VECTORS].get(key)
    if face is not None:
        photograph = session[PHOTOGRAPHS][face.photograph_key].photograph
        return ReadingsOf(photograph.name, photograph.sha256, face.face, run, step)
    return ReadingsOf(run=run) if vector is None else ReadingsOf(vector.name, vector.sha256, None, run, step)
