"""Undo and redo: what the session's fields held before each change, kept as they were and not as inverse operations.

Every field is an immutable snapshot, so that a change costs a reference. An entry holds the fields that its change
touches; taking it back swaps them with what is there now, which is what bringing it back needs.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from explorer.studio.arrays import Vector
from explorer.studio.faces.state import LoadedFace, LoadedPhotograph
from explorer.studio.gallery.state import without
from explorer.studio.inversion.state import RunState, _inverts, runs_without
from explorer.studio.session.state import Session

MOST = 200
BUDGET = 512 * 2**20
# Changes of one thing that follow each other this closely, as a slider's do, are taken back together.
_TOGETHER = 1.0

FACES = ("photographs", "faces", "embeddings", "edits")
SETTINGS = ("settings", "encoder")
RUNS = ("run", "runs", "compared")


@dataclass(frozen=True, eq=False)
class Change:
    """One entry. name: as in "Undo: move points". values: of the fields, on the other side of the change.

    thing: what was changed, for changes that follow each other closely; also the key of a face, so that forgetting the
    face forgets the change.
    """

    name: str
    values: Mapping[str, Any]
    thing: str = ""
    at: float = 0.0


@dataclass(frozen=True, eq=False)
class Derived:
    """What follows from a face's points."""

    face: LoadedFace
    embeddings: Mapping[str, Vector]


class History:
    """What can be taken back, and what was.

    Args:
        clock: seconds.
    """

    def __init__(self, session: Session, clock: Callable[[], float] = time.monotonic) -> None:
        self._session, self._clock = session, clock
        self._done: list[Change] = []
        self._undone: list[Change] = []
        self._deaf = False

    def note(self, name: str, fields: Iterable[str], thing: str = "") -> None:
        """Say that a change of these fields comes now."""
        self.changed(name, {one: value_of(self._session, one) for one in fields}, thing)

    def changed(self, name: str, values: Mapping[str, Any], thing: str = "") -> None:
        """Say that fields, which had these values, have just been changed."""
        if self._deaf:
            return
        now, last = self._clock(), self._done[-1] if self._done else None
        self._undone.clear()
        if thing and last is not None and (last.name, last.thing) == (name, thing) and now - last.at < _TOGETHER:
            self._done[-1] = replace(last, at=now)
        else:
            self._done.append(Change(name, values, thing, now))
            self._bound()
        self._tell()

    @contextmanager
    def deaf(self) -> Iterator[None]:
        """Take no note of what is changed inside of this: it follows from what was noted."""
        before, self._deaf = self._deaf, True
        try:
            yield
        finally:
            self._deaf = before

    def clear(self) -> None:
        """Forget everything."""
        self._done.clear()
        self._undone.clear()
        self._tell()

    def forget(self, key: str, photograph: str | None) -> None:
        """Drop every trace of a face or vector, and of a photograph where that goes too."""
        self._done = [_without(one, key, photograph) for one in self._done if one.thing != key]
        self._undone = [_without(one, key, photograph) for one in self._undone if one.thing != key]
        self._tell()

    def forget_faces(self, keys: Collection[str]) -> None:
        """Drop every trace of faces of the gallery."""
        for changes in (self._done, self._undone):
            for place, change in enumerate(changes):
                if "gallery" in change.values:
                    left = without(change.values["gallery"], keys)
                    changes[place] = replace(change, values={**change.values, "gallery": left})

    def swap(self, *, back: bool) -> Mapping[str, Any] | None:
        """Take the newest change back, or bring the one taken back last.

        Returns:
            The values that its fields are to have; None where there is nothing, or where a run under way stands in
            the way.
        """
        source, other = (self._done, self._undone) if back else (self._undone, self._done)
        if not source or not self._may(source[-1]):
            return None
        change = source.pop()
        now = {name: value_of(self._session, name) for name in change.values}
        other.append(replace(change, values=now, at=float("-inf")))
        return change.values

    def derived(self) -> Iterator[Derived]:
        """What is known of faces as they were at any time, the present first."""
        sides = [{name: value_of(self._session, name) for name in FACES}]
        sides += [dict(one.values) for one in reversed([*self._done, *self._undone]) if "faces" in one.values]
        for side in sides:
            for key, face in side["faces"].items():
                if face.frame is not None and key in side["embeddings"]:
                    yield Derived(face, side["embeddings"][key])

    def refresh(self) -> None:
        """Say anew what can be taken back: a run has begun or ended."""
        self._tell()

    def _may(self, change: Change) -> bool:
        runs = {"run": self._session.run, "variation": self._session.variation}
        return not any(one is not None and one.active and name in change.values for name, one in runs.items())

    def _tell(self) -> None:
        undo = self._done[-1].name if self._done and self._may(self._done[-1]) else None
        redo = self._undone[-1].name if self._undone and self._may(self._undone[-1]) else None
        document = self._session.document
        if (document.undo, document.redo) != (undo, redo):
            self._session.document = replace(document, undo=undo, redo=redo)

    def _bound(self) -> None:
        """Let the oldest go where there are too many, or where they alone hold too much memory."""
        del self._done[:-MOST]
        here = dict(_heavy({name: value_of(self._session, name) for name in (*FACES, *RUNS)}))
        held: dict[int, int] = {}
        for place in range(len(self._done) - 1, -1, -1):
            held |= {one: size for one, size in _heavy(self._done[place].values) if one not in here}
            if sum(held.values()) > BUDGET:
                del self._done[: place + 1]
                return


def value_of(session: Session, name: str) -> Any:
    """A field of the session, or the "edits" in its field `probing`."""
    return session.probing.edits if name == "edits" else getattr(session, name)


def _heavy(values: Mapping[str, Any]) -> Iterator[tuple[int, int]]:
    """Identity and bytes of what takes room: photographs, frames, runs."""
    for photograph in values.get("photographs", {}).values():
        yield id(photograph), _photograph_bytes(photograph)
    for face in values.get("faces", {}).values():
        yield id(face.frame), 0 if face.frame is None else face.frame.nbytes
    shown = values.get("run")
    for run in (*values.get("runs", {}).values(), *(() if shown is None else (shown,))):
        # A run in view and the same one in the list share their latents and pictures.
        yield id(run.latents), _run_bytes(run)


def _photograph_bytes(photograph: LoadedPhotograph) -> int:
    return photograph.photograph.pixels.nbytes + photograph.overview.nbytes


def _run_bytes(run: RunState) -> int:
    pictures = (run.image, run.best_image, run.shown_image, run.native, run.target_frame)
    latents = sum(latent.nbytes for latent in run.latents[:1]) * len(run.latents)
    return latents + sum(one.nbytes for one in pictures if one is not None)


def _without(change: Change, key: str, photograph: str | None) -> Change:
    values = dict(change.values)
    for name in ("faces", "embeddings", "edits", "vectors"):
        if name in values:
            values[name] = {one: value for one, value in values[name].items() if one != key}
    if "photographs" in values:
        values["photographs"] = {one: value for one, value in values["photographs"].items() if one != photograph}
    several = values.get("variation")
    if several is not None and several.target.key == key:
        values["variation"] = None
    if "runs" in values:
        values["runs"] = runs_without(values["runs"], key, photograph)
        shown = values["run"]
        values["run"] = None if shown is not None and _inverts(shown, key, photograph) else shown
        values["compared"] = tuple(one for one in values["compared"] if one in values["runs"])
    return replace(change, values=values)
