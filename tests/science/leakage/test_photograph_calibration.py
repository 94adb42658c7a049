"""Files of calibrations on photographs: what was written is read, of these very probes; nonsense is refused."""

from __future__ import annotations

import json

import pytest
import torch

from explorer.science.leakage.photograph_calibration import (
    PhotographCalibration,
    PhotographCalibrationError,
    decode_photograph_calibrations,
    encode_photograph_calibrations,
)
from explorer.science.leakage.probes import PROBES
from explorer.science.leakage.read import ProbeSet
from explorer.science.leakage.readout import MetricValue, calibration_sentences, vague_sentences
from tests.science.leakage_kit import untrained


def skill(low: float) -> MetricValue:
    return MetricValue(
        measure="Brier skill", unit="", value=low + 0.1, low=low, high=low + 0.2, chance=0.0, faces=600, people=50
    )


ERROR = MetricValue(
    measure="calibration error", unit="", value=0.05, low=0.04, high=0.08, chance=None, faces=600, people=50, floor=0.03
)


def of_attribute(low: float = 0.3, **fields: object) -> PhotographCalibration:
    about = {"slope": 0.5, "shifts": (1.0,), "usual": (0.8,), "calibrated_on": "600 photographs of 50 people"}
    return PhotographCalibration(**(about | {"skill": skill(low), "error": ERROR} | fields))


def of_number(low: float = 0.3) -> PhotographCalibration:
    return of_attribute(low, slope=2.0, usual=(35.0,), margin=9.0, error=None)


KNOWN = {"gender": of_attribute(), "smiling": of_attribute(-0.1), "age": of_number()}


def altered(change: object, encoder: str = "sface") -> bytes:
    about = json.loads(encode_photograph_calibrations("sface", "abc", KNOWN))
    change(about)
    return json.dumps(about).encode()


def test_what_is_written_is_read_in_the_order_of_the_probes():
    data = encode_photograph_calibrations("sface", "abc", KNOWN)
    found = decode_photograph_calibrations(data, "sface", "abc")
    assert found == KNOWN
    assert list(found) == ["smiling", "gender", "age"]
    assert data == encode_photograph_calibrations("sface", "abc", found)
    assert found["gender"].excess == pytest.approx(0.02)


def test_calibrations_of_other_probes_say_nothing():
    assert decode_photograph_calibrations(encode_photograph_calibrations("sface", "abc", KNOWN), "sface", "abd") == {}


@pytest.mark.parametrize(
    "data",
    [
        b"half",
        b"[]",
        b'{"format": "likeness-photographs/1", "encoder": "sface", "weights": "abc", "probes": []}',
        b"[" * 100_000,
        b" " * 2_000_000,
        altered(lambda about: about["probes"]["gender"].update(slope=float("nan"))),
        altered(lambda about: about["probes"]["gender"].update(slope=-1)),
        altered(lambda about: about["probes"]["gender"].update(shifts=[1e9])),
        altered(lambda about: about["probes"]["gender"].update(shifts=[])),
        altered(lambda about: about["probes"]["gender"].update(surprise=1)),
        altered(lambda about: about["probes"]["gender"].update(shifts=[1, 2], usual=[0.1, 0.2])),
        altered(lambda about: about["probes"]["age"].update(margin=None)),
        altered(lambda about: about["probes"]["gender"].update(error=None)),
        altered(lambda about: about["probes"]["gender"].pop("skill")),
        altered(lambda about: about.update(encoder="dlib-resnet")),
        altered(lambda about: about.update(format="likeness-photographs/2")),
    ],
)
def test_nonsense_is_refused(data: bytes):
    with pytest.raises(PhotographCalibrationError):
        decode_photograph_calibrations(data, "sface", "abc")


def test_a_probe_that_is_not_known_is_passed_over():
    data = altered(lambda about: about["probes"].update(beard=about["probes"]["gender"]))
    assert "beard" not in decode_photograph_calibrations(data, "sface", "abc")


@pytest.fixture(scope="module")
def probes() -> ProbeSet:
    fitted = {name: untrained(PROBES[name], 16) for name in ("smiling", "hat", "gender", "age", "landmarks")}
    return ProbeSet("made-up", 16, fitted, KNOWN)


VECTOR = torch.sin(torch.arange(16.0))


def test_a_photograph_is_read_by_its_calibration_and_a_drawn_face_by_its_own(probes: ProbeSet):
    photograph = {one.probe: one for one in probes.read(VECTOR)}
    generated = {one.probe: one for one in probes.read(VECTOR, "generated")}
    earlier = {one.probe: one for one in probes.without_photographs().read(VECTOR)}
    logit = probes.probes["gender"].outputs(VECTOR[None])[0]
    assert photograph["gender"].probabilities["male"] == pytest.approx(float((0.5 * logit + 1).sigmoid()))
    assert generated["gender"].probabilities == earlier["gender"].probabilities
    assert generated["gender"].probabilities["male"] == pytest.approx(float(logit.sigmoid()))
    number = float(probes.probes["age"].outputs(VECTOR[None])[0])
    assert photograph["age"].value == pytest.approx(2 * number + 1, rel=1e-5)
    assert (photograph["age"].margin, photograph["age"].typical) == (9.0, 35.0)
    assert {one.origin for one in photograph.values()} == {"photograph"}
    assert {one.origin for one in generated.values()} == {"generated"}
    assert {one.origin for one in earlier.values()} == {None}
    assert photograph["gender"].presence()[2] == pytest.approx(0.8), "what is usual among the photographs' people"


def test_what_does_not_beat_the_base_rate_cannot_be_told(probes: ProbeSet):
    photograph = {one.probe: one for one in probes.read(VECTOR)}
    tells = {name: one.tells for name, one in photograph.items()}
    assert tells == {"smiling": False, "hat": False, "gender": True, "age": True, "landmarks": None}
    assert "hardly anybody differs" in photograph["hat"].vague_because
    assert "base rate" in photograph["smiling"].vague_because
    assert photograph["gender"].vague_because == ""
    assert len(vague_sentences(list(photograph.values()))) == 2


def test_the_test_split_says_what_is_told_of_drawn_faces(probes: ProbeSet):
    (one,) = [one for one in probes.read(VECTOR, "generated") if one.probe == "gender"]
    assert one.tells is None, "it was not tested"
    assert one.skill is None


def test_which_calibration_was_used_is_said(probes: ProbeSet):
    (said,) = calibration_sentences(probes.read(VECTOR))
    assert said == "Calibrated for photographs on 600 photographs of 50 people"
    (said,) = calibration_sentences(probes.read(VECTOR, "generated"))
    assert said == "Calibrated for generated faces on no face at all"
    (said,) = calibration_sentences(probes.without_photographs().read(VECTOR))
    assert said == "Calibrated on no face at all"
    two = ProbeSet("made-up", 16, probes.probes, KNOWN | {"age": of_number().model_copy(update={"calibrated_on": "x"})})
    assert "Age: calibrated for photographs on x" in calibration_sentences(two.read(VECTOR))
