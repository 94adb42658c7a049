"""The user's intentions as methods. The window (or a test) calls these and `handle`, all on one thread."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from explorer.studio.engine.protocol import EngineProtocol
from explorer.studio.engine.reports import Event
from explorer.studio.session.state import Level, Session


class Workbench:
    """Applies intentions to the session and the engine, and the engine's events to the session.

    The consumer connects the engine to its own thread, for example
    `engine.connect(bridge.event.emit)` with a queued Qt signal whose slot calls `workbench.handle`.
    No method raises for a user's mistake: it becomes a notification in the session, and what was there stays.
    """

    def __init__(self, engine: EngineProtocol, session: Session) -> None:
        self.engine = engine
        self.session = session

    def handle(self, event: Event) -> None:
        """Apply an engine event to the session, unless it is stale."""
        raise NotImplementedError

    def open_paths(self, paths: Sequence[Path]) -> None:
        """Open photographs; a `.npy`, `.csv` or `.json` among them is opened as a vector of the chosen encoder."""
        raise NotImplementedError

    def open_bytes(self, data: bytes, name: str = "pasted image") -> None:
        """Open an encoded image from memory (paste, drop)."""
        raise NotImplementedError

    def open_vector(self, path: Path, encoder: str) -> None:
        """Open a bare embedding made by the named encoder, and select it."""
        raise NotImplementedError

    def select_face(self, key: str | None) -> None:
        """Select a face or a vector by its key."""
        raise NotImplementedError

    def place_points(
        self, photograph_key: str, points: NDArray[np.float64], face_key: str | None = None
    ) -> str:
        """Place the five points by hand: of a new face, or of `face_key`, whose key stays.

        Args:
            photograph_key: the photograph they lie in.
            points: (5, 2) pixel coordinates in it, order as in `Face.points`.

        Returns:
            The face's key.
        """
        raise NotImplementedError

    def remove_face(self, key: str) -> None:
        """Forget a face or vector and everything made from it; its photograph goes with its last face."""
        raise NotImplementedError

    def select_encoder(self, encoder: str) -> None:
        """Choose the encoder for the panels and for the next run."""
        raise NotImplementedError

    def set_setting(self, name: str, value: object) -> None:
        """Change a setting of the next run; a value out of its bounds is refused with a notification."""
        raise NotImplementedError

    def set_weight(self, term: str, value: float) -> None:
        """Move a term's slider. A run under way uses it at its next step; it is never restarted."""
        raise NotImplementedError

    def start_inversion(self) -> None:
        """Invert the selected face's or vector's embedding; a run under way is dropped."""
        raise NotImplementedError

    def pause(self) -> None:
        """Rest after the current step."""
        raise NotImplementedError

    def resume(self) -> None:
        """Go on from a pause."""
        raise NotImplementedError

    def step_once(self) -> None:
        """Take one step and rest. From idle, starts the run and rests after its first step."""
        raise NotImplementedError

    def stop(self) -> None:
        """End the run after the current step and keep its best: native image, scores, record."""
        raise NotImplementedError

    def cancel(self, generation: int | None = None) -> None:
        """Drop the activity named, or everything under way. The steps already seen stay."""
        raise NotImplementedError

    def show_step(self, index: int | None) -> None:
        """Show a step already made (its picture arrives in `RunState.shown_image`); None follows the newest."""
        raise NotImplementedError

    def export_figure(self, path: Path, with_source: bool = False) -> None:
        """Write the finished run's figure to a PNG, SVG or PDF file."""
        raise NotImplementedError

    def fetch_networks(self) -> None:
        """Download the default networks that are missing."""
        raise NotImplementedError

    def notify(self, level: Level, title: str, text: str, details: str = "") -> None:
        """Add a notification."""
        raise NotImplementedError

    def close(self) -> None:
        """Stop the engine."""
        raise NotImplementedError
