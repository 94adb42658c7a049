"""Which inversion a fitted face came from."""

from __future__ import annotations

from explorer.studio.export.provenance import Provenance
from explorer.studio.geometry.view.portrait import FitView
from explorer.studio.inversion.provenance import step_record
from explorer.studio.inversion.state import RunState


def inversion_of(portrait: FitView, run: RunState | None) -> Provenance | None:
    """Describe the run and step that a portrait's picture is of; None of a photograph, or where it is another run's."""
    if portrait.sha256 or run is None or not portrait.key.startswith(f"{run.key}/"):
        return None
    step = None if portrait.frame is run.native else int(portrait.key.rpartition("/")[2])
    return step_record(run, step)
