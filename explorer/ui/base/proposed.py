"""Names that are proposed for files: after the face, the encoder and the run, as "anna-arcface-mbf-run3.svg"."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from explorer.studio.faces.state import ENCODER, FACES, SELECTED, VECTORS
from explorer.studio.inversion.state import RunState, all_runs
from explorer.studio.inversion.values import RunTarget
from explorer.studio.session.state import Session

LONGEST = 60  # letters of a face's part: file systems hold 255 bytes, and a letter can have four
_SUFFIX = re.compile(r"\.\w{1,5}(?=,|$)")


def face_part(name: str) -> str:
    """A face's name as a part of a file's: "Ann Example.jpg, face 2" is "Ann-Example-face-2"."""
    return re.sub(r"[^\w]+", "-", _SUFFIX.sub("", name))[:LONGEST].strip("-_") or "face"


def selected_file(session: Session, what: str, *, encoder: bool = True) -> str:
    """A name for what is made of the selected face or vector. what: ends it, as "readouts.csv" or ".npy".

    Args:
        encoder: whether the encoder makes a difference.
    """
    key = session[SELECTED] or ""
    vector = session[VECTORS].get(key)
    known = vector or session[FACES].get(key)
    parts = ["likeness" if known is None else face_part(known.name)]
    if encoder:
        parts.append(session[ENCODER] if vector is None else vector.encoder)
    return _joined(parts, what)


def run_file(session: Session, run: RunState | None, what: str) -> str:
    """A name for what is made of a run."""
    if run is None:
        return _joined(["likeness"], what)
    return _joined([target_part(session, run.target), run.settings.encoder, f"run{run.number}"], what)


def picture_file(session: Session, pixels: NDArray[np.uint8] | None, what: str) -> str:
    """A name for a picture of the window (H, W, 3), which is known by its array."""
    run = run_of(session, pixels)
    return selected_file(session, what, encoder=False) if run is None else run_file(session, run, what)


def subject_of(session: Session, pixels: NDArray[np.uint8] | None) -> str | None:
    """The key of the face or vector that a picture is of; of one that was drawn anew, what is selected."""
    run = run_of(session, pixels)
    return session[SELECTED] if run is None else run.target.key


def run_of(session: Session, pixels: NDArray[np.uint8] | None) -> RunState | None:
    """The run that a picture is of."""
    for run in all_runs(session).values():
        pictures = run.native, run.best_image, run.image, run.shown_image
        if pixels is not None and any(pixels is one for one in pictures):
            return run
    return None


def target_part(session: Session, target: RunTarget) -> str:
    """What an inversion works towards, as the session calls it, as a part of a file's name."""
    known = session[FACES].get(target.key) or session[VECTORS].get(target.key)
    return face_part(target.record.name if known is None else known.name)


def _joined(parts: list[str], what: str) -> str:
    stem = "-".join(parts)
    return f"{stem}{what}" if what.startswith(".") else f"{stem}-{what}"
