"""What labellers say of several pictures of one face: agreement, intervals, means, and what one picture cannot say."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from explorer.science.leakage.calibration import fit_calibrator
from explorer.science.leakage.labels import LABELS, THRESHOLDS
from explorer.science.leakage.labels.expression import EXPRESSIONS
from explorer.science.leakage.picture_calibration import (
    PictureCalibration,
    PictureCalibrationError,
    decode_calibrations,
    encode_calibrations,
)
from explorer.science.leakage.pictures import logits_of, read_pictures
from explorer.science.leakage.probes import PROBES, ProbeSpec
from explorer.science.leakage.readout import MetricValue


def made_up(count: int = 3, **labels: list[float]) -> dict[str, np.ndarray]:
    """Labels of so many pictures; those that are not given are the same in all."""
    random = np.random.default_rng(3)
    shared = {name: random.random(spec.shape).astype(np.float32) for name, spec in LABELS.items()}
    shared["histogram"] = np.full((3, 256), 196, np.int32)
    shared["landmarks"] = shared["landmarks"] * 224
    found = {name: np.stack([values] * count) for name, values in shared.items()}
    return found | {name: np.array(values, np.float32) for name, values in labels.items()}


def read(probe: str, calibrations=None, **labels):
    count = len(next(iter(labels.values()))) if labels else 3
    return {one.probe: one for one in read_pictures(made_up(count, **labels), calibrations)}[probe]


def test_runs_that_all_agree_leave_the_labellers_confidence():
    gender = read("gender", male=[0.9, 0.9, 0.9])
    assert (gender.text, gender.agreement, gender.pictures) == ("male", 1.0, 3)
    assert gender.probability == pytest.approx(0.9, abs=1e-6)
    assert sum(gender.probabilities.values()) == pytest.approx(1)


def test_certain_labellers_that_agree_still_leave_wilsons_interval():
    gender = read("gender", male=[1.0, 1.0, 1.0])
    low, high = gender.interval
    # All of three: n / (n + z^2).
    assert low == pytest.approx(3 / (3 + 1.96**2), abs=1e-3)
    assert high == pytest.approx(1, abs=1e-3)
    wide, narrow = (read("gender", male=[1.0] * count).interval[0] for count in (2, 20))
    assert wide < low < narrow, "more runs that agree tell more"


def test_runs_that_split_give_their_share():
    gender = read("gender", male=[1.0, 0.0, 0.0, 0.0])
    assert (gender.text, gender.agreement) == ("female", 0.75)
    assert gender.probability == pytest.approx(0.75, abs=1e-3)
    assert gender.interval[0] < 0.5 < gender.interval[1]
    name, probability, interval = gender.presence()
    assert (name, probability) == ("male", pytest.approx(0.25, abs=1e-3))
    assert interval == pytest.approx((1 - gender.interval[1], 1 - gender.interval[0]))
    assert gender.interval_words() == f"4 runs: {100 * interval[0]:.0f} to {100 * interval[1]:.0f} %", "of being male"


def test_one_run_has_no_interval_and_says_so():
    for one in read_pictures(made_up(1)):
        assert one.interval is None
        assert one.spread is None
        assert one.interval_words() == "one run: no interval"
        assert one.pictures == 1


def test_numbers_are_means_with_their_spread_and_students_interval():
    age = read("age", age=[30.0, 34.0, 38.0])
    assert (age.value, age.spread, age.text) == (34.0, 4.0, "34 years")
    assert age.interval == pytest.approx((34 - 4.302653 * 4 / 3**0.5, 34 + 4.302653 * 4 / 3**0.5), rel=1e-5)
    assert age.interval_words() == "3 runs: 24 to 44 years"
    assert age.probability is None
    with pytest.raises(ValueError, match="Age has no classes"):
        age.presence()


def test_landmarks_and_colours_are_means_of_what_is_seen():
    labels = made_up(2)
    labels["landmarks"][1] += 2
    by_probe = {one.probe: one for one in read_pictures(labels)}
    landmarks = by_probe["landmarks"]
    np.testing.assert_allclose(landmarks.value, labels["landmarks"][0] + 1, rtol=1e-5)
    np.testing.assert_allclose(landmarks.spread, 2**0.5, rtol=1e-4)
    assert landmarks.interval_words() == "2 runs: mean spread 1.4 px"
    np.testing.assert_allclose(by_probe["histogram"].value.sum(-1), 1, rtol=1e-5)
    np.testing.assert_allclose(by_probe["histogram"].spread, 0, atol=1e-7)


@pytest.mark.parametrize("probe", ["smiling", "eyeglasses", "hat", "gender"])
def test_an_attribute_is_as_likely_as_not_at_the_threshold_of_its_label(probe):
    label = PROBES[probe].label
    threshold = THRESHOLDS[label]
    said = [read(probe, **{label: [threshold * factor]}).presence()[1] for factor in (0.0, 0.5, 1.0, 1.5)]
    assert said[2] == pytest.approx(0.5, abs=1e-4)
    assert said == sorted(said)
    assert 0 < said[0] < 0.1


def test_an_expression_is_the_likeliest_over_the_pictures():
    sure = np.zeros((3, 7), np.float32)
    sure[:2, EXPRESSIONS.index("happy")] = 9
    sure[2, EXPRESSIONS.index("sad")] = 9
    found = {one.probe: one for one in read_pictures(made_up(3) | {"expression": sure})}["expression"]
    assert (found.text, found.agreement) == ("happy", pytest.approx(2 / 3))
    assert found.probability == pytest.approx(2 / 3, abs=0.01)
    assert found.presence()[0] == "happy"
    assert found.interval_of("sad") is None


def test_readings_come_in_the_order_of_the_probes_and_hold_every_one():
    assert [one.probe for one in read_pictures(made_up())] == list(PROBES)
    with pytest.raises(ValueError, match="at least one picture"):
        read_pictures({"male": np.zeros(0, np.float32)})


def test_a_registered_probe_whose_labeller_gives_no_confidence_is_read_by_its_target():
    spec = ProbeSpec("old", "Old", "binary", "age", "dlib", lambda years: (years >= 60).float(), ("younger", "older"))
    PROBES.register("old", spec)
    try:
        found = read("old", age=[70.0, 65.0, 20.0, 80.0])
    finally:
        PROBES.unregister("old")
    assert (found.text, found.probability, found.agreement) == ("older", 0.75, 0.75)


def test_calibrations_move_answers_and_leave_the_rest():
    doubt = PictureCalibration(slope=0.5, shifts=(0.0,), calibrated_on="40 photographs")
    older = PictureCalibration(slope=1.0, shifts=(3.0,), calibrated_on="40 photographs")
    plain, calibrated = (read("gender", given, male=[0.9, 0.9]) for given in (None, {"gender": doubt}))
    logit = np.log(9)
    assert calibrated.probability == pytest.approx(1 / (1 + np.exp(-0.5 * logit)), abs=1e-6)
    assert (plain.calibrated_on, calibrated.calibrated_on) == ("", "40 photographs")
    assert read("age", {"age": older}, age=[30.0, 34.0]).value == 35.0
    assert read("age", {"gender": doubt}, age=[30.0, 34.0]).value == 32.0


def test_a_calibration_is_fitted_to_what_readings_say():
    """Three of four are right where the labeller is all but certain: the fit says three of four."""
    spec = PROBES["gender"]
    logits = torch.stack([logits_of(spec, torch.tensor([float(said)])) for said in [0, 1] * 200])
    truth = torch.tensor([0, 1, 1, 1] * 100)
    fitted = fit_calibrator(logits, truth)
    calibration = PictureCalibration(slope=fitted.slope, shifts=fitted.shifts)
    assert calibration.probabilities(logits_of(spec, torch.tensor([1.0]))) == pytest.approx(1.0, abs=0.05)
    assert calibration.probabilities(logits_of(spec, torch.tensor([0.0]))) == pytest.approx(0.5, abs=0.05)


def quality(value: float) -> MetricValue:
    return MetricValue(
        measure="balanced accuracy", unit="", value=value, low=value - 0.1, high=value + 0.1, chance=0.5, faces=40
    )


def test_a_file_of_calibrations_is_read_as_it_was_written():
    made = {
        "gender": PictureCalibration(slope=0.7, shifts=(0.2,), calibrated_on="openpeople", portraits=quality(0.9)),
        "expression": PictureCalibration(shifts=(0.0,) * 7),
    }
    again = decode_calibrations(encode_calibrations("sface", made), "sface")
    assert again == made
    assert read("gender", again, male=[0.9]).tells is True
    assert read("gender", {"gender": PictureCalibration(portraits=quality(0.55))}, male=[0.9]).tells is False
    assert read("gender", male=[0.9]).tells is None


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"half", "damaged"),
        (
            b'{"format": "likeness-reconstruction/1", "encoder": "sface", "answers": {"gender": {"slope": 0}}}',
            "damaged",
        ),
        (b'{"format": "likeness-reconstruction/9", "encoder": "sface", "answers": {}}', "likeness-reconstruction/9"),
        (b'{"format": "likeness-reconstruction/1", "encoder": "dlib-resnet", "answers": {}}', "for dlib-resnet"),
        (encode_calibrations("sface", {"gender": PictureCalibration(shifts=(0.0, 1.0))}), "2 shifts for 1 logits"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(data, told):
    with pytest.raises(PictureCalibrationError, match=told):
        decode_calibrations(data, "sface")


def test_what_a_newer_program_calibrates_besides_is_left_alone():
    data = encode_calibrations("sface", {"moustache": PictureCalibration(), "gender": PictureCalibration()})
    assert list(decode_calibrations(data, "sface")) == ["gender"]
