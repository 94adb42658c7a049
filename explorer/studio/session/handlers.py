"""The handlers for session files and autosaves."""

from __future__ import annotations

from collections.abc import Generator, Mapping

from explorer.studio.engine.device import Device
from explorer.studio.engine.protocol import Control, Handler
from explorer.studio.engine.reports import Progress, Report
from explorer.studio.engine.requests import Request
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


def save_session(request: SaveSession, control: Control) -> Generator[Report, None, SessionSaved]:
    """Write a session file; cancelled between two of its parts, the file is as it was before."""
    from explorer.studio.session.saving.archive import write_session

    yield Progress(f"saving {request.path.name}")
    return SessionSaved(write_session(request.path, request.snapshot, control.should_stop))


def open_session(request: OpenSession, control: Control) -> Generator[Report, None, SessionOpened]:
    """Read a session file or an autosave."""
    yield Progress("reading the autosaved session" if request.path is None else f"reading {request.path.name}")
    return SessionOpened(request.path, request.read())


def autosave(request: Autosave, control: Control) -> Generator[Report, None, Autosaved]:
    """Write a generation."""
    yield Progress("keeping the session")
    return Autosaved(request.generations.save(request.snapshot, request.path, control.should_stop))


def look_for_autosaves(request: LookForAutosaves, control: Control) -> Generator[Report, None, AutosavesFound]:
    """Look for autosaves that were left behind."""
    from explorer.studio.session.saving.generations import abandoned

    yield Progress("looking for autosaves")
    return AutosavesFound(tuple(abandoned(request.root)))


SESSION_HANDLERS: Mapping[type[Request], Handler] = {
    SaveSession: save_session,
    OpenSession: open_session,
    Autosave: autosave,
    LookForAutosaves: look_for_autosaves,
}


def handlers(device: Device) -> Mapping[type[Request], Handler]:
    """The handlers by request; none of them needs the device."""
    return SESSION_HANDLERS
