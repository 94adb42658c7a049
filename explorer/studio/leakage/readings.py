"""What the probes said of the selected face, as it is or altered, and of its inversion. No Qt, no torch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.science.evaluation.score import EncoderScore
from explorer.science.leakage.readout import Origin, Readout
from explorer.studio.faces.values import Edits


@dataclass(frozen=True, eq=False)
class Reading:
    """What one embedding tells, beside what its picture shows.

    vector: (D,) float32, what was read.
    readouts: in the order of the probes; empty where the encoder has none.
    frame: (S, S, 3) uint8, the face in the common frame; None for a bare embedding.
    landmarks: (68, 2) pixels of the 224 px frame, dlib's of the picture; None where there is none or dlib's network is
        missing. histogram: (3, 10) exact shares of the picture; None where there is none.
    landmark_error: of the landmarks read, in percent of the interocular distance of dlib's. histogram_error: of the
        histogram read, in bins. None where there is nothing to compare with.
    nearness: the embedding judged against the unaltered one, or an inversion's against its target; None where it is the
        unaltered one itself, or where that is not known under this encoder.
    remark: what could not be had and what to do, or empty.
    weights: sha256 of the file of the probes; empty where that is not known.
    """

    encoder: str
    vector: NDArray[np.float32]
    readouts: tuple[Readout, ...]
    frame: NDArray[np.uint8] | None = None
    landmarks: NDArray[np.float32] | None = None
    histogram: NDArray[np.float32] | None = None
    landmark_error: float | None = None
    histogram_error: float | None = None
    nearness: EncoderScore | None = None
    remark: str = ""
    weights: str = ""

    def readout(self, probe: str) -> Readout | None:
        """A probe's readout."""
        return next((one for one in self.readouts if one.probe == probe), None)


@dataclass(frozen=True, eq=False)
class FaceRead:
    """The readings of a face or bare embedding.

    before: of the embedding as it is. now: of the altered one; the same object where nothing is altered.
    missing: why there are no readouts and which command makes the probes, or empty.
    origin: what it is of, by which answers are calibrated.
    undebiased: of the same face under the encoder that a debiased one was made of; None of any other encoder, of what
        is altered, without a photograph, or where that encoder has no probes.
    """

    key: str
    encoder: str
    edits: Edits
    before: Reading
    now: Reading
    missing: str = ""
    origin: Origin = "photograph"
    undebiased: Reading | None = None

    def beside(self, probe: str) -> Readout | None:
        """The readout that stands beside the present one: of the unaltered embedding, or of the undebiased one."""
        if self.now is not self.before:
            return self.before.readout(probe)
        return None if self.undebiased is None else self.undebiased.readout(probe)

    @property
    def beside_words(self) -> str:
        """What that is, such as "unaltered" or "arcface-mbf"."""
        altered = self.now is not self.before
        return "unaltered" if altered or self.undebiased is None else self.undebiased.encoder


@dataclass(frozen=True, eq=False)
class ResultRead:
    """The reading of an inversion's picture; None with a remark where it shows no face. `picture` tells its pictures
    apart."""

    run_key: str
    picture: str
    encoder: str
    reading: Reading | None
    remark: str = ""
