"""Who finds the landmarks of a fit, with dlib's network and without."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from explorer.science.faces.alignment import crop_frame
from explorer.science.faces.reading import read_file
from explorer.studio import catalogue, places
from explorer.studio.catalogue import MissingNetwork
from explorer.studio.errors import UserError
from explorer.studio.geometry.landmark_sources import (
    CHOICES,
    NETWORKS,
    landmark_choice,
    landmark_finder,
    landmark_source,
)


def test_by_itself_dlibs_network_is_taken_where_it_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(places.CACHE_VARIABLE, str(tmp_path))
    assert landmark_source("auto") == "mediapipe"
    entry = catalogue.catalogue().entry(NETWORKS["dlib"])
    entry.location().parent.mkdir(parents=True, exist_ok=True)
    with entry.location().open("wb") as file:
        file.truncate(entry.size)
    assert landmark_source("auto") == "dlib"


def test_who_is_named_is_taken_there_or_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(places.CACHE_VARIABLE, str(tmp_path))
    for source, network in NETWORKS.items():
        assert landmark_source(source) == source
        with pytest.raises(MissingNetwork, match=f"likeness models fetch {network}"):
            landmark_finder(source)


def test_the_default_networks_suffice_for_a_fit() -> None:
    assert NETWORKS["mediapipe"] in catalogue.catalogue().group("default")


def test_an_unknown_name_is_refused() -> None:
    assert [landmark_choice(name) for name in CHOICES] == list(CHOICES)
    with pytest.raises(UserError, match="found by dlib or mediapipe"):
        landmark_choice("luck")


@pytest.mark.slow
def test_both_find_the_same_face(networks) -> None:
    photograph = read_file(places.resources() / "faces" / "synthetic-p002.jpg")
    frame = crop_frame(photograph, networks.detector().detect(photograph.pixels)[0]).frame
    dlib, mediapipe = (landmark_finder(source)(frame) for source in ("dlib", "mediapipe"))
    assert dlib.shape == mediapipe.shape == (68, 2)
    between_eyes = np.linalg.norm(dlib[36] - dlib[45])
    assert np.linalg.norm(dlib - mediapipe, axis=1)[17:].mean() < 0.06 * between_eyes
