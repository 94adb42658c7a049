"""Fits of ten synthetic portraits: ten people, a studio portrait or a selfie each."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import pytest

from explorer.science.faces.alignment import crop_frame
from explorer.science.geometry.fitting import fit_landmarks
from explorer.science.geometry.landmarks import landmark_basis
from explorer.science.geometry.rotation import pitch_of
from explorer.science.leakage.labels.mesh import FaceMesh
from explorer.science.leakage.labels.pose import head_pose, read_canonical_face
from explorer.studio import catalogue
from explorer.studio.geometry.fitting import FRAME, load_morphable_model
from explorer.studio.geometry.landmark_sources import landmark_finder
from explorer.studio.inversion.targets import open_photograph


@pytest.mark.slow
def test_landmarks_of_the_portraits_are_met_within_4_percent(networks: Any, tmp_path: Path) -> None:
    basis, find = landmark_basis(load_morphable_model()), landmark_finder("dlib")
    mesh = FaceMesh(catalogue.path("mediapipe-face").read_bytes())
    canonical = read_canonical_face(mesh.canonical)
    errors, yaws, pitches = [], [], []
    with ZipFile(catalogue.path("openpeople")) as archive:
        kinds = [
            sorted(name for name in archive.namelist() if name.endswith(ending))
            for ending in ("studio_portrait.jpg", "amateur_selfie.jpg")
        ]
        for name in (*kinds[0][::2], *kinds[1][1::2]):
            (tmp_path / "portrait.jpg").write_bytes(archive.read(name))
            photograph, face = open_photograph(networks, tmp_path / "portrait.jpg")
            frame = crop_frame(photograph, face, FRAME).frame
            landmarks = find(frame)
            fit = fit_landmarks(basis, landmarks)
            errors.append(fit.error / np.linalg.norm(landmarks[36] - landmarks[45]))
            yaws.append(-fit.pose.rotation[2, 0].item())
            pitches.append(
                pitch_of(fit.pose.rotation).rad2deg().item() - head_pose(mesh(frame).points, FRAME, canonical)[1]
            )
    assert len(errors) == 10
    assert np.mean(errors) < 0.025
    assert max(errors) < 0.035
    # MediaPipe's pose comes from its own mesh, without the model.
    assert abs(np.mean(pitches)) < 4
    assert np.abs(yaws).max() < 0.3  # all of them look nearly into the camera
