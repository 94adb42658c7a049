"""Reading a vector off the faces that are made from it alone, beside its probes and its photograph.

Command line, batch, library and measurements all go through here, so that they give the same answers.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.science.faces.face import Face, Photograph
from explorer.science.inversion.settings import InversionSettings
from explorer.science.leakage.edits import PictureEdit, VectorEdit
from explorer.science.leakage.picture_readout import PictureReadout
from explorer.science.leakage.read import ProbeSet
from explorer.science.leakage.readout import Origin
from explorer.studio.arrays import Frame, Vector
from explorer.studio.catalogue.networks import Networks
from explorer.studio.errors import UserError
from explorer.studio.faces.edits import altered_vector
from explorer.studio.inversion.record import InversionRun, TargetRecord
from explorer.studio.inversion.running import InversionTarget
from explorer.studio.inversion.several import MemberDone, MemberEvent, run_settings, run_several
from explorer.studio.leakage.reading import error_of, read_vector
from explorer.studio.leakage.reconstructions import MOST_RUNS, Reconstruction, ThreeReadings
from explorer.studio.leakage.seeing import SeenFace, read_photograph_itself, reconstruction_of, see_picture


@dataclass(frozen=True, eq=False)
class Subject:
    """What is read three ways.

    record: where the vector came from. vector: (D,) of the encoder that the record names.
    photograph, face: that it came from; None of a bare vector. frame: (R, R, 3), the face in the common frame, where
        what is read is shown beside what the picture shows.
    origin: what the vector is of; where that is not known, of a photograph.
    """

    record: TargetRecord
    vector: Vector
    photograph: Photograph | None = None
    face: Face | None = None
    frame: Frame | None = None
    origin: Origin = "photograph"

    def altered(self, edit: VectorEdit) -> Subject:
        """With its vector altered; the photograph stays as it is.

        Raises:
            UserError: nothing is left of the vector.
        """
        if not edit.changes:
            return self
        vector = altered_vector(self.vector, edit)
        return replace(self, record=self.record.altered(vector, PictureEdit(), edit), vector=vector)


Reconstructing = Generator[MemberEvent | MemberDone, None, Reconstruction | None]


def settings_of_runs(settings: InversionSettings, runs: int) -> list[InversionSettings]:
    """The settings of so many runs: one is the run that `invert` makes, several differ by their starts.

    Raises:
        UserError: the number of runs is out of its bounds, or the photograph would guide them.
    """
    if not 1 <= runs <= MOST_RUNS:
        raise UserError(f"{runs} runs cannot be read: choose a number from 1 to {MOST_RUNS}")
    if settings.shows_photograph:
        raise UserError(
            "a reading by reconstruction is made from the vector alone: choose targets none or vector, not photograph"
        )
    return [settings] if runs == 1 else [run_settings(settings, number) for number in range(runs)]


def reconstruct(
    networks: Networks,
    record: TargetRecord,
    vector: Vector,
    settings: InversionSettings,
    runs: int = 1,
    *,
    should_stop: Callable[[], bool] = lambda: False,
) -> Reconstructing:
    """Invert a vector (D,), and read the faces that come of it.

    Args:
        record: where the vector came from. settings: of the inversions; its encoder is the vector's.
        should_stop: as in `run_inversion`.

    Returns:
        What the runs that ended show; None where it was stopped before one did.

    Raises:
        UserError: as `settings_of_runs`; a regressor or a calibration is damaged. MissingNetwork: one is absent.
    """
    chosen = settings_of_runs(settings, runs)
    labellers = networks.labellers()
    target = InversionTarget(record, torch.from_numpy(vector))
    seen: list[SeenFace | None] = []
    made: list[InversionRun] = []
    for event in run_several(networks, target, chosen, should_stop=should_stop):
        yield event
        if isinstance(event, MemberDone):
            made.append(event.finished.run)
            seen.append(see_picture(networks, labellers, event.finished.native))
    return reconstruction_of(seen, settings.encoder, made) if made else None


def read_three_ways(
    networks: Networks,
    probes: ProbeSet | None,
    subject: Subject,
    settings: InversionSettings,
    runs: int = 1,
    *,
    should_stop: Callable[[], bool] = lambda: False,
) -> Generator[MemberEvent | MemberDone, None, ThreeReadings | None]:
    """Read a vector by its probes, off the faces made from it, and its photograph where there is one.

    Args:
        probes: of the vector's encoder; None where there are none.
        settings, runs, should_stop: as in `reconstruct`; the encoder is the vector's.

    Returns:
        All three; None where it was stopped before a run ended.

    Raises:
        UserError, MissingNetwork: as `reconstruct`; the vector is none of its encoder.
    """
    encoder = subject.record.encoder
    vector = read_vector(networks, probes, encoder, subject.vector, subject.frame, subject.origin)
    photograph: tuple[PictureReadout, ...] = ()
    if subject.photograph is not None and subject.face is not None:
        photograph = read_photograph_itself(networks.labellers(), subject.photograph, subject.face)
    own = settings.model_copy(update={"encoder": encoder})
    made = yield from reconstruct(networks, subject.record, subject.vector, own, runs, should_stop=should_stop)
    if made is None:
        return None
    own_arrays = {one.probe: one.value for one in photograph if isinstance(one.value, np.ndarray)}
    made = held_against(made, own_arrays.get("landmarks"), own_arrays.get("histogram"))
    return ThreeReadings(vector, made, photograph)


def held_against(
    made: Reconstruction, landmarks: NDArray[np.float32] | None, histogram: NDArray[np.float32] | None
) -> Reconstruction:
    """A reconstruction with the errors of its landmarks (68, 2) and histograms (3, 10) from a photograph's own."""
    return replace(
        made,
        landmark_error=error_of(made.readouts, "landmarks", landmarks),
        histogram_error=error_of(made.readouts, "histogram", histogram),
    )
