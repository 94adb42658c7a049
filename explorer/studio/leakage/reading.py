"""Reading an embedding beside the picture that it came from; command line and window both go through here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.science.evaluation.leakage import histogram_errors, landmark_errors
from explorer.science.evaluation.scoring import embed_face, judge
from explorer.science.faces.alignment import crop_frame
from explorer.science.faces.face import Face, Photograph
from explorer.science.leakage.fitted import EmbeddingError
from explorer.science.leakage.picture_readout import PictureReadout
from explorer.science.leakage.read import ProbeSet
from explorer.science.leakage.readout import Origin, Readout
from explorer.studio.arrays import Frame, Vector
from explorer.studio.catalogue import MissingNetwork
from explorer.studio.catalogue.networks import LANDMARK_NETWORK, Networks
from explorer.studio.errors import UserError
from explorer.studio.faces.edits import READ_FRAME
from explorer.studio.faces.frame_labels import frame_histogram, frame_landmarks
from explorer.studio.leakage.readings import Reading


def read_vector(
    networks: Networks,
    probes: ProbeSet | None,
    encoder: str,
    vector: Vector,
    frame: Frame | None = None,
    origin: Origin = "photograph",
) -> Reading:
    """Read an embedding, and what its picture shows beside it.

    Args:
        probes: of the encoder; None where there are none.
        vector: (D,). frame: (R, R, 3) uint8, the face in the common frame; None where there is no picture.
        origin: what the embedding is of; where that is not known, of a photograph.

    Raises:
        UserError: the embedding is damaged, or of another encoder.
    """
    try:
        readouts = () if probes is None else tuple(probes.read(torch.from_numpy(vector), origin))
    except EmbeddingError as error:
        raise UserError(str(error)) from error
    weights = "" if probes is None else probes.sha256
    if frame is None:
        return Reading(encoder, vector, readouts, weights=weights)
    landmarks, remark = None, ""
    try:
        landmarks = frame_landmarks(networks, frame)
    except MissingNetwork:
        remark = (
            "The picture's own landmarks are not shown, as dlib's network is not there: "
            f"likeness models fetch {LANDMARK_NETWORK}"
        )
    histogram = frame_histogram(frame)
    return Reading(
        encoder,
        vector,
        readouts,
        frame,
        landmarks,
        histogram,
        landmark_error=error_of(readouts, "landmarks", landmarks),
        histogram_error=error_of(readouts, "histogram", histogram),
        remark=remark,
        weights=weights,
    )


def read_picture(
    networks: Networks,
    probes: ProbeSet | None,
    encoder: str,
    image: Frame,
    face: Face,
    target: Vector | None,
    attacked: str,
) -> Reading:
    """Embed the face of an inversion's picture and read that.

    Args:
        image: (R, R, 3) uint8. face: found in it, as scoring does.
        target, attacked: as `compared`; None where the target is not known under this encoder.
    """
    picture = Photograph(image, "inversion", "")
    vector: Vector = embed_face(networks.recogniser(encoder), picture, face).numpy()
    frame = crop_frame(picture, face, READ_FRAME).frame
    reading = read_vector(networks, probes, encoder, vector, frame, "generated")
    return reading if target is None else compared(networks, reading, target, attacked)


def error_of(
    readouts: Sequence[Readout | PictureReadout], probe: str, truth: NDArray[np.float32] | None
) -> float | None:
    """How far landmarks or histograms that were read lie from a picture's, in percent of its interocular distance or in
    bins; None where either is not there."""
    read = next((one.value for one in readouts if one.probe == probe), None)
    if truth is None or not isinstance(read, np.ndarray):
        return None
    measure = landmark_errors if probe == "landmarks" else histogram_errors
    return float(measure(torch.from_numpy(read), torch.from_numpy(truth)))


def compared(networks: Networks, reading: Reading, target: Vector, attacked: str) -> Reading:
    """A reading with its embedding judged against another (D,) of its encoder.

    Args:
        attacked: the encoder that an inversion knew.
    """
    encoder = reading.encoder
    score = judge(
        networks.recogniser(encoder).spec,
        networks.calibration(encoder),
        torch.from_numpy(reading.vector),
        torch.from_numpy(target),
        attacked=encoder == attacked,
    )
    return replace(reading, nearness=score)
