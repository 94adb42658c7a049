"""How long a batch takes a file, by what earlier files and runs of the session took."""

from __future__ import annotations

from statistics import fmean

from explorer.science.inversion.settings import InversionSettings
from explorer.studio.batch.job import Job
from explorer.studio.batch.state import BATCHES
from explorer.studio.inversion.state import all_runs
from explorer.studio.session.state import Session


def seconds_a_file(session: Session, job: Job) -> float | None:
    """Seconds that a job will take a file: as long as other files of such a job took, or as its inversions did.

    Returns:
        None while neither is known.
    """
    files = [one.seconds for batch in session[BATCHES] if batch.job == job for one in batch.finished]
    if files:
        return fmean(files)
    inversions = inversions_a_file(job)
    like = _alike(job.settings)
    runs = [run.result.seconds for run in all_runs(session).values() if run.result and _alike(run.settings) == like]
    return inversions * fmean(runs) if inversions and runs else None


def inversions_a_file(job: Job) -> int:
    """How many inversions a job makes of a file."""
    if job.kind == "invert":
        return 1
    return job.runs if job.kind == "probe" and job.by == "reconstruction" else 0


def _alike(settings: InversionSettings) -> InversionSettings:
    """Settings without what changes the starts and the weighting, but hardly the time that a run takes."""
    return settings.model_copy(update={"seed": 0, "regressor": False, "weights": {}})
