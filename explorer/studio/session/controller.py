"""The session as a file: new, open, save; and its autosave, which loses no more than the last few seconds.

A tick comes every second or two. It hands the engine a snapshot where something has changed and none is being written;
since everything in the session is immutable, nothing has to be held up for that.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.science.names import name_of
from explorer.studio.engine.reports import Event, Failure, Finished
from explorer.studio.engine.requests import Ticket
from explorer.studio.errors import UserError
from explorer.studio.session.requests import (
    Autosave,
    Autosaved,
    AutosavesFound,
    LookForAutosaves,
    OpenSession,
    SaveSession,
    SessionOpened,
    SessionSaved,
)
from explorer.studio.session.services import AppServices, Controller
from explorer.studio.session.slices import Forgotten
from explorer.studio.session.snapshot import Snapshot, capture
from explorer.studio.session.state import DOCUMENT, Document
from explorer.studio.session.unknown import UNKNOWN, kinds_in_words

if TYPE_CHECKING:  # only where there are autosaves
    from explorer.studio.session.saving.generations import Abandoned, Generations

# Of a disk that is full, so many seconds pass before it is tried again.
_RETRY = 10.0


class SessionController(Controller):
    """Keeps `session[DOCUMENT]`.

    Args:
        clock: seconds.

    Attributes:
        layout: asks the window how its parts lie, and laid_out tells it.
        left_behind: autosaves that can be restored, the newest first; found is called when there are some.
        forgetting: is told what is about to be forgotten, while the session still holds it.
    """

    def __init__(self, app: AppServices, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(app)
        self._clock = clock
        self.layout: Callable[[], bytes] = lambda: b""
        self.laid_out: Callable[[bytes], None] = lambda layout: None
        self.found: Callable[[], None] = lambda: None
        self.forgetting: Callable[[Forgotten], None] = lambda forgotten: None
        self.left_behind: tuple[Abandoned, ...] = ()
        self._generations: Generations | None = None
        self._autosave: Ticket | None = None
        self._not_before = float("-inf")
        self._again = False
        self._ailing = False
        self._changed = False
        self._taken_over: Abandoned | None = None
        self._saved = self._mark()
        self._saving: tuple[object, ...] = ()
        for slice_ in app.session.slices:
            if not slice_.unsaved:
                app.session.changed(slice_).connect(self._note)

    # Files.

    def new(self) -> None:
        """Begin an empty session; settings and weights stay."""
        session = self._session
        kept = {slice_: slice_.between(session[slice_]) for slice_ in session.slices if not slice_.unsaved}
        self._app.load(Snapshot(kept))
        self._settle(None)

    def open(self, path: Path) -> None:
        """Open a session file in place of the session there is."""
        from explorer.studio.session.saving.archive import read_session

        self._app.submit(OpenSession(path, lambda: read_session(path, self._session.codecs)))

    def save(self, path: Path | None = None) -> bool:
        """Save to a file, or to the one there is; whether there is one."""
        target = path or self._session[DOCUMENT].path
        if target is None:
            return False
        self._saving = self._mark()
        self._app.submit(SaveSession(target, capture(self._session, self.layout())))
        return True

    def save_now(self, path: Path) -> None:
        """Save to a file before anything else happens, as before the program ends.

        Raises:
            UserError: it cannot be written.
        """
        from explorer.studio.session.saving.archive import write_session

        self._saving = self._mark()
        write_session(path, capture(self._session, self.layout()))
        self._file_saved(SessionSaved(path))

    # Autosaves.

    def persist_in(self, root: Path) -> None:
        """Keep autosaves in a folder from now on, and look for those that were left behind there."""
        from explorer.studio.session.saving.generations import Generations

        try:
            self._generations = Generations(root)
        except OSError as error:
            text = f"{root} cannot be used ({error.strerror or error}): save the session by hand, or free the disk"
            self._app.notify("error", "The session is not kept by itself", text)
            return
        self._app.submit(LookForAutosaves(root))

    @property
    def kept(self) -> bool:
        """Whether there are autosaves."""
        return self._generations is not None

    def tick(self) -> None:
        """Hand the session to the engine to be kept, where it has changed and that is due."""
        if self._changed and self._autosave is None and self._clock() >= self._not_before:
            self._keep()

    def before_forgetting(self, forgotten: Forgotten) -> None:
        """Say what goes with what is forgotten, as nobody can tell whether it holds that."""
        self.forgetting(forgotten)
        unknown = self._session[UNKNOWN]
        if unknown:
            kinds = kinds_in_words(unknown)
            text = f"{kinds}, which this version does not know, may have held what you forgot and was dropped"
            self._app.notify("warning", "More than the face was forgotten", text)

    def after_forgetting(self, forgotten: Forgotten) -> None:
        """Keep the session at once, or behind the autosave under way: something in it must not stay on the disk."""
        path = self._session[DOCUMENT].path
        if path is not None:
            self._app.notify(
                "info", "Save the session, too", f"{name_of(path)} holds what you forgot until it is saved again"
            )
        self._keep()

    def restore(self) -> None:
        """Open the newest autosave that was left behind."""
        if not self.left_behind:
            return
        self._taken_over, *others = self.left_behind
        self.left_behind = tuple(others)
        left = self._taken_over
        self._app.submit(OpenSession(None, lambda: left.read(self._session.codecs)))

    def discard(self) -> None:
        """Remove every autosave that was left behind."""
        for one in self.left_behind:
            one.discard()
        self.left_behind = ()

    def close(self, *, keep: bool) -> None:
        """Let go of the autosaves, once the engine is closed.

        Args:
            keep: whether what is not saved can be restored at the next start.
        """
        for one in (*self.left_behind, *(() if self._taken_over is None else (self._taken_over,))):
            one.leave()
        self.left_behind, self._taken_over = (), None
        if self._generations is None:
            return
        generations, self._generations = self._generations, None
        try:
            if keep:
                generations.save(capture(self._session, self.layout()), self._session[DOCUMENT].path)
        except UserError:
            pass  # what was kept before is still there
        finally:
            generations.close(keep=keep)

    # The engine's answers.

    def results(self) -> Mapping[type, Callable[[Any], None]]:
        """Where the results of requests go, by their type."""
        return {
            SessionSaved: self._file_saved,
            SessionOpened: self._opened,
            Autosaved: self._autosaved,
            AutosavesFound: self._autosaves_found,
        }

    def handles(self, event: Event) -> bool:
        """Whether a failure is for this controller alone; an autosave that fails is said once and tried again."""
        if not isinstance(event.ticket.request, Autosave) or not isinstance(event.report, Failure):
            return False
        if not self._ailing:
            text = f"{event.report.message}. It is tried again, and what was kept before is still there"
            self._app.notify("error", "The session is not kept", text, event.report.details)
        self._ailing = True
        return True

    def on_final(self, event: Event) -> None:
        """Take note of a final event, before its result lands."""
        if event.ticket == self._autosave:
            kept = isinstance(event.report, Finished)
            self._changed = self._changed or not kept
            self._not_before = float("-inf") if kept else self._clock() + _RETRY
            self._autosave = None
            if self._again:
                self._keep()
        elif isinstance(event.ticket.request, OpenSession) and not isinstance(event.report, Finished):
            if self._taken_over is not None:
                self._taken_over.leave()
            self._taken_over = None

    def _file_saved(self, saved: SessionSaved) -> None:
        self._saved = self._saving
        self._session[DOCUMENT] = replace(self._session[DOCUMENT], path=saved.path)
        self._judge()
        self._changed = True
        self._app.notify("info", "The session is saved", name_of(saved.path), path=saved.path)

    def _opened(self, opened: SessionOpened) -> None:
        self._app.load(opened.snapshot)
        if opened.snapshot.layout:
            self.laid_out(opened.snapshot.layout)
        if opened.snapshot[UNKNOWN]:
            kinds = kinds_in_words(opened.snapshot[UNKNOWN])
            text = f"This session holds {kinds}, which this version does not know: it is kept as it is"
            self._app.notify("info", "Something in it is not shown", text)
        if opened.path is not None:
            self._settle(opened.path)
            self._app.log("opened", opened.path.name, "a session")
            return
        self._app.log("restored", "", "what an earlier start of the program had not saved")
        self._settle(None if self._taken_over is None else self._taken_over.path)
        self._saved = ()
        self._judge()
        # What was left behind goes as soon as this program has kept it itself.
        self._keep()

    def _autosaved(self, autosaved: Autosaved) -> None:
        self._ailing = False
        if self._taken_over is not None:
            self._taken_over.discard()
            self._taken_over = None

    def _autosaves_found(self, found: AutosavesFound) -> None:
        self.left_behind = found.found
        if found.found:
            self.found()

    # What has changed.

    def _keep(self) -> None:
        if self._generations is None:
            return
        # Were it to take the place of the one under way, changes that come quickly could keep every one from its end.
        self._again = self._autosave is not None
        if self._again:
            return
        self._changed = False
        snapshot = capture(self._session, self.layout())
        self._autosave = self._app.submit(Autosave(self._generations, snapshot, self._session[DOCUMENT].path))

    def _note(self, *_: object) -> None:
        self._changed = True
        self._judge()

    def _settle(self, path: Path | None) -> None:
        self._session[DOCUMENT] = Document(path)
        self._saved = self._mark()
        self._changed = True

    def _judge(self) -> None:
        modified = self._mark() != self._saved
        if modified != self._session[DOCUMENT].modified:
            self._session[DOCUMENT] = replace(self._session[DOCUMENT], modified=modified)

    def _mark(self) -> tuple[object, ...]:
        """What tells two states of the work apart: not what is looked at, and not what follows from the rest."""
        session = self._session
        return tuple(slice_.mark(session[slice_]) for slice_ in session.slices if slice_.mark is not None)
