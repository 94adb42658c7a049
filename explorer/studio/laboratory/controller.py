"""The user's commands in the laboratory, and its rows kept up to date with what is chosen.

Rows are made while somebody looks; every change asks anew, and the engine lets the newest request win.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from explorer.science.leakage.edits import Patch
from explorer.studio.engine.reports import Event, Failure, Finished, Report
from explorer.studio.engine.requests import Ticket
from explorer.studio.faces.state import EMBEDDINGS, ENCODER, FACES, SELECTED, VECTORS
from explorer.studio.inversion.values import RunTarget
from explorer.studio.laboratory.chosen import chosen_aim, chosen_faces, fresh_rows, same_face
from explorer.studio.laboratory.protecting import protect_vectors, protected_words
from explorer.studio.laboratory.requests import (
    ExportLaboratory,
    LaboratoryExported,
    RowMade,
    RowsMade,
    RunLaboratory,
    VectorsProtected,
    Written,
)
from explorer.studio.laboratory.row_inverting import invert_row
from explorer.studio.laboratory.state import LAB, LAB_ROWS
from explorer.studio.laboratory.values import MOST_PATCHES, LabChoice, LabFace, LabRow, Operation
from explorer.studio.session.services import AppServices, Controller
from explorer.studio.session.slices import Forgotten
from explorer.studio.session.snapshot import Snapshot

NO_AIM = "What the attack goes towards has no embedding of {encoder}: choose another face, or to go away from itself."


class LaboratoryController(Controller):
    """Keeps `session[LAB]` and `session[LAB_ROWS]`."""

    def __init__(self, app: AppServices) -> None:
        super().__init__(app)
        self._asked: RunLaboratory | None = None
        self._ticket: Ticket | None = None
        for field in (FACES, EMBEDDINGS, SELECTED, ENCODER, VECTORS):
            app.session.changed(field).connect(self._changed)

    # Commands.

    def watch(self, on: bool) -> None:
        """Say whether anybody looks."""
        self._set(watched=on)
        self._changed()

    def choose(self, operation: Operation) -> None:
        """Choose what is done."""
        self._change(lambda choice: {"operation": operation})

    def tick(self, key: str, on: bool) -> None:
        """Choose a face, or leave it out."""
        self._change(lambda choice: {"faces": (*(one for one in choice.faces if one != key), *([key] if on else []))})

    def change(self, operation: Operation, **values: object) -> None:
        """Change settings of an operation by their names."""
        self._change(lambda choice: {operation: {**getattr(choice, operation).model_dump(), **values}})

    def use_maps(self, file: Path | None) -> None:
        """Show altered embeddings behind the maps of a file, too; None for no maps."""
        self._change(lambda choice: {"maps": "" if file is None else str(file)})

    def use_modifier(self, file: Path | None) -> None:
        """Take attributes out by a file of the user's own; None for the program's."""
        self._change(lambda choice: {"modifier": "" if file is None else str(file)})

    def hide(self, patch: Patch) -> None:
        """Hide one more part, of every chosen face."""
        patches = self._session[LAB].occlusion.patches
        if len(patches) >= MOST_PATCHES:
            self._app.notify("info", "No more can be hidden", f"{MOST_PATCHES} parts are: show some again first")
            return
        self.change("occlusion", patches=(*patches, patch))

    def show_last(self) -> None:
        """Show again what was drawn last."""
        self.change("occlusion", patches=self._session[LAB].occlusion.patches[:-1])

    def reset(self, operation: Operation) -> None:
        """Set an operation back to how it was at first."""
        self._change(lambda choice: {operation: type(getattr(choice, operation))()})

    def again(self) -> None:
        """Make all rows anew, as after they were stopped or something was trained for them."""
        self._asked = None
        self._set(rows=())
        self._changed()

    def stop(self) -> None:
        """Leave the rows that are under way."""
        if self._ticket is not None:
            self._app.engine.cancel(self._ticket)

    def invert(self, key: str, *, mapped: bool = False) -> str | None:
        """Let the search make a face of a row's changed embedding, which becomes a vector of the session.

        Without a tick a row is of the selected face; as the vector is selected then, the face is ticked to keep it.

        Args:
            key: of the row's face. mapped: whether the embedding behind the map is meant.

        Returns:
            Its key; None where there is no such embedding, which is said.
        """
        row = next(iter(fresh_rows(self._session, key)), None)
        if row is None or (row.mapped if mapped else row.after) is None:
            self._app.notify("info", "Nothing to invert yet", "wait for the row of this face")
            return None
        if not self._session[LAB].faces:
            self.tick(key, True)
        return invert_row(self._app, row, mapped=mapped)

    def export(self, path: Path, key: str | None = None, what: Written = "rows", *, mark: bool = True) -> None:
        """Write all rows, or that of one face.

        Args:
            what, mark: as in `ExportLaboratory`.
        """
        rows = fresh_rows(self._session, key)
        if not rows:
            text = "choose faces and what is done to them, and wait for their rows"
            self._app.notify("info", "There is nothing to export yet", text)
            return
        self._app.submit(ExportLaboratory(path, rows, what, mark))

    def protect(self, keys: Sequence[str], path: Path) -> None:
        """Take the attribute that is chosen out of many faces' embeddings at once, and write these."""
        protect_vectors(self._app, keys, path)

    # Keeping the rows up to date.

    def _change(self, values: Callable[[LabChoice], Mapping[str, object]]) -> None:
        choice = self._session[LAB]
        try:
            new = LabChoice.model_validate({**choice.model_dump(), **_plain(values(choice))})
        except ValidationError as error:
            first = error.errors()[0]
            name = ".".join(map(str, first["loc"]))
            self._app.notify("warning", "This value cannot be used", f"{name}: {first['input']!r}: {first['msg']}")
            return
        if new != choice:
            self._session[LAB] = new
            self._changed()

    def _changed(self, *_: object) -> None:
        faces = chosen_faces(self._session)
        self._drop_gone({face.key for face in faces})
        if not self._session[LAB_ROWS].watched:
            return
        if not faces:
            self._give_up("")
            return
        choice, encoder, aim = self._session[LAB], self._session[ENCODER], self._aim()
        if choice.operation == "attack" and choice.attack.towards and aim is None:
            self._give_up(NO_AIM.format(encoder=encoder))
            return
        request = RunLaboratory(faces, choice.model_copy(update={"faces": ()}), encoder, aim)
        if self._asked is None or not _same(self._asked, request):
            self._ask(request)

    def _ask(self, request: RunLaboratory) -> None:
        """Ask for rows; those that are there already, made just so, stay and are not made again."""
        rows = {row.key: row for row in self._session[LAB_ROWS].rows}
        self._asked = request
        new = tuple(one for one in request.faces if not _fits(rows.get(one.key), one, request))
        if not new:
            self.stop()
            self._ticket = None
            self._set(waiting=(), remark="")
            return
        operation = request.choice.operation
        earlier = tuple(
            row
            for one in new
            if (row := rows.get(one.key)) is not None
            and row.choice.operation == operation
            and row.encoder == request.encoder
            and same_face(row.whose, one)
        )
        self._set(waiting=tuple(one.key for one in new), remark="")
        self._ticket = self._app.submit(replace(request, faces=new, earlier=earlier))

    def _give_up(self, remark: str) -> None:
        self.stop()
        self._asked = self._ticket = None
        self._set(waiting=(), remark=remark, rows=())

    def _drop_gone(self, keys: set[str]) -> None:
        rows = self._session[LAB_ROWS].rows
        left = tuple(row for row in rows if row.key in keys)
        if len(left) != len(rows):
            self._set(rows=left)

    def _aim(self) -> RunTarget | None:
        return chosen_aim(self._session) if self._session[LAB].operation == "attack" else None

    # What the engine says.

    def reports(self) -> Mapping[type[Report], Callable[[Ticket, Any], None]]:
        """What is done with reports, by their type."""
        return {RowMade: self._row_made}

    def results(self) -> Mapping[type, Callable[[Any], None]]:
        """Where the results of requests go, by their type."""
        return {
            RowsMade: self._rows_made,
            LaboratoryExported: self._exported,
            VectorsProtected: self._protected,
        }

    def on_final(self, event: Event) -> None:
        """What failed or was stopped is not under way any more."""
        if event.ticket != self._ticket or isinstance(event.report, Finished):
            return
        self._ticket = None
        said = event.report.message if isinstance(event.report, Failure) else "Stopped: change something, or run again."
        self._set(waiting=(), remark=said)

    def _row_made(self, ticket: Ticket, report: RowMade) -> None:
        if ticket != self._ticket or self._asked is None:
            return
        state, row = self._session[LAB_ROWS], report.row
        rows = {one.key: one for one in state.rows} | {row.key: row}
        order = [face.key for face in self._asked.faces]
        waiting = tuple(key for key in state.waiting if key != row.key)
        self._set(rows=tuple(rows[key] for key in order if key in rows), waiting=waiting)

    def _rows_made(self, made: RowsMade) -> None:
        self._ticket = None
        self._set(waiting=())

    def _exported(self, exported: LaboratoryExported) -> None:
        names = ", ".join(str(path) for path in exported.paths)
        self._app.notify("info", "The rows are written", names, path=exported.paths[0])

    def _protected(self, made: VectorsProtected) -> None:
        self._app.notify("info", "The vectors are protected", protected_words(made), path=made.paths[0])

    # Forgetting and loading.

    def before_forgetting(self, forgotten: Forgotten) -> None:
        """Drop what is made of somebody who is forgotten."""
        asked = self._asked
        if asked is None:
            return
        keys = {one.key for one in asked.faces} | ({asked.aim.key} if asked.aim is not None else set())
        if any(forgotten.holds(key) or forgotten.photograph_of(key) for key in keys):
            self.stop()
            self._asked = self._ticket = None
            self._set(waiting=())

    def after_forgetting(self, forgotten: Forgotten) -> None:
        """Make the others' rows again, where they went towards somebody who is forgotten."""
        self._changed()

    def before_loading(self, snapshot: Snapshot) -> None:
        """Let go of the rows: another session takes their place."""
        self._give_up("")

    def after_loading(self) -> None:
        """Make the rows of the session that was opened."""
        self._changed()

    def _set(self, **fields: Any) -> None:
        state = self._session[LAB_ROWS]
        if any(getattr(state, name) != value for name, value in fields.items()):
            self._session[LAB_ROWS] = replace(state, **fields)


def _plain(values: Mapping[str, object]) -> dict[str, object]:
    return {name: value.model_dump() if hasattr(value, "model_dump") else value for name, value in values.items()}


def _same(one: RunLaboratory, other: RunLaboratory) -> bool:
    """Whether two requests would make the same rows."""
    alike = (one.choice.made_by, one.encoder) == (other.choice.made_by, other.encoder)
    pairs = zip(one.faces, other.faces, strict=False)
    faces = len(one.faces) == len(other.faces) and all(same_face(*pair) for pair in pairs)
    return alike and faces and _same_aim(one.aim, other.aim)


def _same_aim(one: RunTarget | None, other: RunTarget | None) -> bool:
    if one is None or other is None:
        return one is other
    return one.key == other.key and one.vector is other.vector


def _fits(row: LabRow | None, face: LabFace, request: RunLaboratory) -> bool:
    """Whether a row is there that the request would make just so."""
    if row is None or row.made is None:
        return False
    alike = (row.choice.made_by, row.encoder) == (request.choice.made_by, request.encoder)
    return alike and same_face(row.whose, face) and _same_aim(row.aim, request.aim)
