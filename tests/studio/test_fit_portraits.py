"""Fits of the twenty synthetic portraits (ten people, a studio portrait and a selfie each)."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import pytest

from explorer.science.faces.alignment import crop_frame
from explorer.science.geometry.fitting import fit_landmarks
from explorer.science.geometry.landmarks import landmark_basis
from explorer.studio import catalogue
from explorer.studio.fitting import FRAME, find_landmarks, load_morphable_model
from explorer.studio.targets import open_photograph


@pytest.mark.slow
def test_landmarks_of_the_portraits_are_met_within_4_percent(networks: Any, tmp_path: Path) -> None:
    basis = landmark_basis(load_morphable_model())
    errors, yaws = [], []
    with ZipFile(catalogue.path("openpeople")) as archive:
        names = [name for name in archive.namelist() if name.endswith(("studio_portrait.jpg", "amateur_selfie.jpg"))]
        for name in names:
            (tmp_path / "portrait.jpg").write_bytes(archive.read(name))
            photograph, face = open_photograph(networks, tmp_path / "portrait.jpg")
            landmarks = find_landmarks(crop_frame(photograph, face, FRAME).frame, "dlib")
            fit = fit_landmarks(basis, landmarks)
            errors.append(fit.error / np.linalg.norm(landmarks[36] - landmarks[45]))
            yaws.append(-fit.pose.rotation[2, 0].item())
    assert len(errors) == 20
    assert np.mean(errors) < 0.03
    assert max(errors) < 0.04
    assert np.abs(yaws).max() < 0.3  # all of them look nearly into the camera
