"""What a composed figure's file is called at first."""

from __future__ import annotations

from explorer.studio.composer.composition import Composition, finished_runs
from explorer.studio.inversion.state import RUN
from explorer.studio.session.state import Session
from explorer.ui.base.proposed import run_file, selected_file


def proposed_file(session: Session, composition: Composition) -> str:
    """Of one run the figure is called after that, of one face after the face, and of several after its layout."""
    layout = composition.layout
    if layout in ("convergence", "film"):
        runs = finished_runs(session, composition.runs)
        now = session[RUN]
        shown = next((run for run in runs if now is not None and run.key == now.key), runs[-1] if runs else None)
        return run_file(session, shown, ".mp4" if layout == "film" else ".png")
    if layout == "laboratory":
        return f"deep-face-decoder-{composition.laboratory.number}.png"
    if layout == "leakage":
        return selected_file(session, "leakage.png")
    return f"likeness-{layout}.png"
