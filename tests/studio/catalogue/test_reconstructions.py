"""Files of calibrations of reconstructions: none is no fault, a damaged one is said, and a new one is read."""

from __future__ import annotations

import os

import pytest

from explorer.science.leakage.picture_calibration import PictureCalibration
from explorer.studio.catalogue import reconstructions
from explorer.studio.catalogue.reconstructions import (
    load_picture_calibrations,
    picture_calibrations_file,
    save_picture_calibrations,
)
from explorer.studio.errors import UserError


@pytest.fixture(autouse=True)
def folder(monkeypatch, tmp_path):
    monkeypatch.setattr(reconstructions.places, "models", lambda: tmp_path)
    return tmp_path


def test_without_a_file_answers_stay_as_they_are(folder):
    assert load_picture_calibrations("sface") == {}
    assert list(folder.iterdir()) == []


def test_what_was_written_is_read_and_read_again_when_it_changes():
    for number, slope in enumerate((0.5, 0.8)):
        file = save_picture_calibrations("sface", {"gender": PictureCalibration(slope=slope)})
        os.utime(file, ns=(number, number))
        assert load_picture_calibrations("sface")["gender"].slope == slope
    assert file == picture_calibrations_file("sface")


@pytest.mark.parametrize("data", [b"half", b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"])
def test_a_damaged_file_is_said_in_one_line(folder, data):
    (folder / "reconstruction-sface.json").write_bytes(data)
    with pytest.raises(UserError, match=r"reconstruction-sface\.json .*install Likeness again") as caught:
        load_picture_calibrations("sface")
    assert "\n" not in str(caught.value)
