"""Which reconstruction stands beside the probes: of the run under way, of several runs, or of the last run."""

from __future__ import annotations

from dataclasses import dataclass, replace

from explorer.science.leakage.picture_readout import PictureReadout
from explorer.studio.faces.state import ENCODER, FACES, SELECTED, VECTORS
from explorer.studio.inversion.state import RUN, RunState
from explorer.studio.inversion.values import RunTarget
from explorer.studio.leakage.reconstructions import Reconstruction
from explorer.studio.leakage.state import PICTURES
from explorer.studio.session.state import Session
from explorer.studio.variation.state import VARIATION

NO_RUN = "Start inverts the embedding; what the face shows that comes of it is read here."
GUIDED = "The photograph guided this run: it is not read off the vector alone."
OTHER = "The run in view inverted the vector of {encoder}: choose that recogniser, or start a run."


@dataclass(frozen=True, eq=False)
class PicturesShown:
    """Readings of pictures beside those of the vector.

    made: None where there is none; words: which it is, or why there is none. target: what was inverted for it.
    of_photograph: whether there is a photograph to read; photograph: its readings, empty until they come.
    """

    made: Reconstruction | None = None
    words: str = NO_RUN
    of_photograph: bool = False
    photograph: tuple[PictureReadout, ...] = ()
    target: RunTarget | None = None

    @property
    def finished(self) -> bool:
        """Whether it is of runs that have ended, so that it can be made again."""
        return self.made is not None and bool(self.made.runs)

    @property
    def readouts(self) -> tuple[PictureReadout, ...]:
        """Of the reconstruction."""
        return () if self.made is None else self.made.readouts


def pictures_shown(session: Session, encoder: str) -> PicturesShown:
    """What is beside the probes of an encoder, of what is selected.

    Several runs of the vector say more than one; a run under way is looked at for itself.
    """
    key, seen, run = session[SELECTED] or "", session[PICTURES], session[RUN]
    own = () if seen.photograph is None else seen.photograph.readouts
    remark = "" if seen.photograph is None else seen.photograph.remark
    mine = run if run is not None and run.target.key == key else None
    made, words = (None, "") if mine is not None and mine.active else _several(session, key, encoder)
    varied = session[VARIATION]
    target = None if made is None or varied is None else varied.target
    if made is None:
        made, words = _of_run(session, mine, encoder)
        target = None if mine is None else mine.target
    return PicturesShown(made, " ".join(filter(None, (words, remark))), key in session[FACES], own, target)


def _several(session: Session, key: str, encoder: str) -> tuple[Reconstruction | None, str]:
    state = session[VARIATION]
    compared = None if state is None or state.target.key != key else state.compared
    if state is None or compared is None or compared.reconstruction is None:
        return None, ""
    runs = compared.finished.record.runs
    if runs[0].settings.encoder != encoder:
        return None, ""
    return compared.reconstruction, f"Reconstruction: {len(runs)} runs of the Variation panel{_altered(state.target)}."


def _of_run(session: Session, run: RunState | None, encoder: str) -> tuple[Reconstruction | None, str]:
    if run is None:
        return None, NO_RUN
    if run.shows_photograph:
        return None, GUIDED
    if run.settings.encoder != encoder:
        return None, OTHER.format(encoder=run.settings.encoder)
    seen = session[PICTURES].made
    if seen is None or seen.run_key != run.key:
        return None, "The reconstruction is read as the run goes on." if run.active else ""
    if seen.reconstruction is None or not seen.reconstruction.readouts:
        return None, seen.remark
    which = "its result" if seen.picture == "result" else f"{seen.picture} of {run.settings.steps}"
    made = seen.reconstruction
    if seen.picture == "result" and run.result is not None:
        made = replace(made, runs=(run.result,))
    return made, f"Reconstruction: run {run.number}, {which}{_altered(run.target)}."


def _altered(target: RunTarget) -> str:
    alterations = target.record.alterations
    return f", of the altered embedding ({alterations})" if alterations else ""


def encoder_read(session: Session) -> str:
    """The encoder whose probes read what is selected."""
    bare = session[VECTORS].get(session[SELECTED] or "")
    return session[ENCODER] if bare is None else bare.encoder
