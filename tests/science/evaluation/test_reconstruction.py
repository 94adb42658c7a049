"""Measures of a reconstruction against its photograph, on a real frame and copies of it changed in known ways."""

import numpy as np
import pytest

from explorer.science.evaluation.reconstruction import MEASURES, FrameMeasures, FramePair, MeasureSpec, measure_frames
from explorer.science.faces.alignment import crop_frame
from explorer.science.faces.reading import read_file
from explorer.studio import places


@pytest.fixture(scope="module")
def measured(networks):
    photograph = read_file(places.resources() / "faces" / "synthetic-p009.jpg")
    frame = crop_frame(photograph, networks.detector().detect(photograph.pixels)[0], 448).frame
    darker = (frame * 0.6).astype(np.uint8)
    moved = np.roll(frame, 20, axis=1)
    predictor, lpips = networks.landmark_predictor(), networks.lpips("alex")
    return {
        name: measure_frames(frame, other, predictor, lpips)
        for name, other in {"same": frame, "darker": darker, "moved": moved}.items()
    }


@pytest.mark.slow
def test_a_photograph_against_itself_is_perfect(measured):
    same = measured["same"]
    assert (same.mse, same.lpips, same.landmark_error, same.emd) == (0, 0, 0, 0)
    assert same.ssim == pytest.approx(1)
    assert same.psnr == float("inf")


@pytest.mark.slow
def test_less_light_moves_the_histogram_more_than_the_landmarks(measured):
    assert measured["darker"].emd > 0.8
    assert measured["darker"].landmark_error < 3
    assert measured["moved"].emd < 0.05
    assert measured["moved"].landmark_error > measured["darker"].landmark_error


def test_a_face_moved_by_20_pixels_has_landmarks_20_pixels_off(measured):
    """The frame's eye corners are about 160 px of 448 apart."""
    assert measured["moved"].landmark_error == pytest.approx(100 * 20 / 160, rel=0.35)


def test_signal_to_noise_follows_from_the_error(measured):
    assert measured["moved"].psnr == pytest.approx(-10 * np.log10(measured["moved"].mse))


def test_every_measure_is_described():
    assert MEASURES.names() == tuple(FrameMeasures.model_fields)


def test_one_more_measure_is_taken_and_written_beside_the_others(networks):
    def brighter(pair: FramePair) -> float:
        return float(pair.images[1].mean() - pair.images[0].mean())

    frame = np.full((448, 448, 3), 100, np.uint8)
    instruments = networks.landmark_predictor(), networks.lpips("alex")
    MEASURES.register("brightness", MeasureSpec("brightness", "Brightness", "", "lower", 3, brighter))
    try:
        measured = measure_frames(frame, frame + 51, *instruments)
    finally:
        MEASURES.unregister("brightness")
    assert measured.model_dump()["brightness"] == pytest.approx(0.2)
    assert FrameMeasures.model_validate_json(measured.model_dump_json()) == measured
    assert set(measured.model_dump()) - set(measure_frames(frame, frame + 51, *instruments).model_dump()) == {
        "brightness"
    }
