"""`likeness probe` in words: photographs first, chance beside each figure, and "cannot tell" where it cannot."""

from dataclasses import replace

import numpy as np
import pytest

from explorer.science.leakage.readout import CHANCE_IS, MetricValue, Readout
from explorer.studio.catalogue.probes import readout_record
from explorer.studio.commands.probe import _say
from explorer.studio.faces.values import Edits
from explorer.studio.leakage.export import as_csv
from explorer.studio.leakage.readings import FaceRead, Reading


def quality(value: float, unit: str = "") -> MetricValue:
    chance, half = (5.0, 0.4) if unit else (0.5, 0.06)
    name = "mean absolute error" if unit else "balanced accuracy"
    return MetricValue(
        measure=name, unit=unit, value=value, low=value - half, high=value + half, chance=chance, faces=200, people=10
    )


def reading(portraits: float) -> Reading:
    about = {"labeller": "MediaPipe", "calibrated_on": "928 generated faces"}
    smile = Readout(
        "smiling", "Smile", "smiling", "smiling", "", 0.87, 0.56, None, quality(0.88), quality(portraits),
        probabilities={"not smiling": 0.13, "smiling": 0.87}, **about,
    )  # fmt: skip
    age = Readout("age", "Age", "40 years", 40.0, "years", None, None, 9.0, quality(4.9, "years"), None, **about)
    points = np.zeros((68, 2), np.float32)
    landmarks = Readout("landmarks", "Landmarks", "landmarks", points, "%", None, None, 8.0, None, None, **about)
    return Reading("sface", np.ones(128, np.float32), (smile, age, landmarks))


@pytest.mark.parametrize(
    ("portraits", "said"),
    [
        (0.71, "  Smile       smiling, 87 % (56 % of the calibration faces)"),
        (0.55, "  Smile       cannot tell: smiling, 87 % (56 % of the calibration faces)"),
    ],
)
def test_a_probe_is_as_good_as_it_is_on_photographs(portraits, said, capsys):
    _say("face.npy", "sface", Edits(), reading(portraits))
    lines = capsys.readouterr().out.splitlines()
    place = lines.index(said)
    assert lines[place + 1].strip().startswith(f"on photographs: balanced accuracy {portraits}")
    assert lines[place + 2].strip().startswith("on generated faces: balanced accuracy 0.88")
    assert all("chance 0.50" in lines[place + below] for below in (1, 2))
    assert f"  {CHANCE_IS}" in lines
    assert any(line.startswith("  Cannot tell: on photographs the 95 % interval") for line in lines) == (
        portraits < 0.6
    )
    assert "  Age         40 years, nine in ten within 9.0 years" in lines
    assert "                on photographs: not measured" in lines
    assert "  Landmarks   nine in ten within 8.0 %" in lines


def test_json_and_table_say_the_same():
    for portraits, tells, cell in ((0.71, True, "yes"), (0.55, False, "cannot tell")):
        read = reading(portraits)
        record = readout_record(read.readouts[0])
        assert (record["tells"], record["chance"], record["usual"]) == (tells, 0.5, 0.56)
        assert record["portraits"]["people"] == 10
        table = as_csv(FaceRead("k", "sface", Edits(), read, read))
        head, smile, *_ = (line.split(",") for line in table.splitlines())
        assert smile[head.index("tells")] == cell
        assert smile[head.index("portraits_chance")] == "0.5"


def test_what_was_not_measured_on_photographs_says_that():
    smile = replace(reading(0.7).readouts[0], portraits=None)
    assert readout_record(smile)["tells"] is None
    assert readout_record(smile)["portraits"] is None


def skill(low: float) -> MetricValue:
    return MetricValue(
        measure="Brier skill", unit="", value=low + 0.1, low=low, high=low + 0.2, chance=0.0, faces=600, people=50
    )


def calibrated(low: float) -> Reading:
    """A reading of a photograph by calibrations on photographs."""
    read = reading(0.71)
    smile, *others = read.readouts
    on = {"origin": "photograph", "skill": skill(low), "calibrated_on": "600 photographs of 50 people"}
    return replace(read, readouts=(replace(smile, **on), *(replace(one, origin="photograph") for one in others)))


def test_what_does_not_beat_the_base_rate_shows_no_probability(capsys):
    _say("face.png", "sface", Edits(), calibrated(-0.05))
    said = capsys.readouterr().out
    assert "  Smile       cannot tell\n" in said
    assert "87 %" not in said
    assert "on photographs: Brier skill 0.05 (-0.05 to 0.15; chance 0.00)" in said
    assert "does not lie clear of the base rate." in said
    _say("face.png", "sface", Edits(), calibrated(0.05))
    said = capsys.readouterr().out
    assert "  Smile       smiling, 87 % (56 % of the calibration faces)\n" in said
    assert "  Smile: calibrated for photographs on 600 photographs of 50 people.\n" in said
    assert "on openpeople: balanced accuracy 0.71" in said


def test_json_and_table_say_which_calibration_was_used():
    read = calibrated(-0.05)
    record = readout_record(read.readouts[0])
    assert (record["calibrated_for"], record["tells"], record["skill"]["low"]) == ("photograph", False, -0.05)
    table = as_csv(FaceRead("k", "sface", Edits(), read, read))
    head, smile, *_ = (line.split(",") for line in table.splitlines())
    cells = dict(zip(head, smile, strict=True))
    assert (cells["calibrated_for"], cells["tells"], cells["skill_low"]) == ("photograph", "cannot tell", "-0.05")
    assert cells["calibration_error"] == ""
