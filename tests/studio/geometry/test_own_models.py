"""A model of the user's own is made ready: its landmarks given, kept or found once, and a texture map."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from explorer.science.geometry.fitting import fit_landmarks
from explorer.science.geometry.landmarks import landmark_basis
from explorer.science.geometry.morphable_model import MorphableModel, MorphableModelError
from explorer.studio.errors import UserError
from explorer.studio.geometry import own_models
from explorer.studio.geometry.fitting import load_morphable_model, texture_of
from explorer.studio.geometry.landmark_sources import landmarks_of
from explorer.studio.geometry.own_models import open_own_model, picture_finder
from explorer.studio.geometry.view.portraits import mean_portrait, open_viewer
from tests.science.geometry.model_writers import geometry, write_flame, write_ict, write_surrey
from tests.studio.geometry.viewing_kit import fitted_face
from tests.studio.geometry.viewing_kit import landmarks_of as marks_of


@pytest.fixture(scope="module")
def shipped() -> MorphableModel:
    return load_morphable_model()


@pytest.fixture(scope="module")
def head(shipped: MorphableModel) -> MorphableModel:
    return geometry(shipped, seed=3)


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("LIKENESS_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def _never(picture: NDArray[np.uint8]) -> None:
    raise AssertionError("no picture is looked at")


def test_landmarks_beside_the_model_spare_the_pictures(
    tmp_path: Path, shipped: MorphableModel, head: MorphableModel, cache: Path
) -> None:
    path = write_flame(tmp_path, head)
    (tmp_path / "landmarks.json").write_text(json.dumps(head.landmarks.tolist()))
    model = open_own_model(path, shipped, finder=_never)
    assert torch.equal(model.landmarks, head.landmarks)
    assert model.uv is not None
    assert not cache.exists()


def test_an_option_goes_before_what_lies_beside_and_that_before_the_files_own(
    tmp_path: Path, shipped: MorphableModel, head: MorphableModel
) -> None:
    place = write_ict(tmp_path, head, landmarks=True)
    assert torch.equal(open_own_model(place, shipped, finder=_never).landmarks, head.landmarks)
    beside, option = (head.landmarks + by for by in (1, 2))
    (place / "landmarks.txt").write_text("\n".join(map(str, (beside % len(head.mean)).tolist())))
    assert torch.equal(open_own_model(place, shipped, finder=_never).landmarks, beside % len(head.mean))
    chosen = tmp_path / "mine.csv"
    chosen.write_text(",".join(map(str, (option % len(head.mean)).tolist())))
    assert torch.equal(open_own_model(place, shipped, chosen, _never).landmarks, option % len(head.mean))


@pytest.mark.slow
def test_eos_mapping_is_completed_once_and_kept_for_the_owner_alone(
    tmp_path: Path, shipped: MorphableModel, head: MorphableModel, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_surrey(tmp_path, head)
    rows = "".join(f"{number + 1} = {vertex}\n" for number, vertex in enumerate(head.landmarks.tolist()) if number > 16)
    (tmp_path / "ibug_to_sfm.txt").write_text(f"[landmark_mappings]\n{rows}")
    assert torch.equal(open_own_model(path, shipped, finder=_never).landmarks, head.landmarks)
    (kept,) = (cache / "landmarks").iterdir()
    assert kept.stat().st_mode & 0o077 == 0
    monkeypatch.setattr(own_models, "find_landmarks", lambda *_: pytest.fail("they are known"))
    assert torch.equal(open_own_model(path, shipped, finder=_never).landmarks, head.landmarks)


@pytest.mark.slow
def test_a_damaged_cache_is_made_again(
    tmp_path: Path, shipped: MorphableModel, head: MorphableModel, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_flame(tmp_path, head)
    monkeypatch.setattr(own_models, "find_landmarks", lambda *_: head.landmarks)
    open_own_model(path, shipped, finder=_never)
    (kept,) = (cache / "landmarks").iterdir()
    kept.write_text("[1, 2")
    assert torch.equal(open_own_model(path, shipped, finder=_never).landmarks, head.landmarks)
    assert json.loads(kept.read_text()) == head.landmarks.tolist()


def test_a_file_of_landmarks_that_is_not_there_or_not_of_this_model_is_refused(
    tmp_path: Path, shipped: MorphableModel, head: MorphableModel
) -> None:
    path = write_flame(tmp_path, head)
    with pytest.raises(UserError, match="no such file of landmarks"):
        open_own_model(path, shipped, tmp_path / "absent.txt", _never)
    (tmp_path / "far.txt").write_text("99999 " * 68)
    with pytest.raises(MorphableModelError, match=r"far\.txt points at vertices that the model of 3188 vertices"):
        open_own_model(path, shipped, tmp_path / "far.txt", _never)
    with pytest.raises(UserError, match="landmarks of this model are known"):
        load_morphable_model(None, tmp_path / "far.txt")


def test_the_option_names_what_finds_landmarks_or_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.txt").touch()
    (tmp_path / "dlib").touch()
    assert landmarks_of("mine.txt") == ("auto", Path("mine.txt"))
    assert landmarks_of("dlib") == ("dlib", None)
    with pytest.raises(UserError, match="there is no file of this name"):
        landmarks_of("absent.txt")


def test_texture_visibility_and_completion_work_with_it(
    tmp_path: Path, shipped: MorphableModel, head: MorphableModel
) -> None:
    (tmp_path / "landmarks.json").write_text(json.dumps(head.landmarks.tolist()))
    model = open_own_model(write_flame(tmp_path, head), shipped, finder=_never)
    viewer = open_viewer(model)
    assert viewer.field is None, "the field is the default model's"
    fitted = fitted_face(model)
    texture = texture_of(fitted, 64)
    assert 0.2 < texture.visibility.mean() < 0.8
    assert texture.known.mean() >= texture.visibility.mean()
    assert viewer.maps(fitted, mean_portrait(viewer).scene).exact_share > 0.2


@pytest.mark.slow
def test_a_fit_by_it_meets_the_landmarks_as_one_by_the_model_that_ships_does(
    tmp_path: Path, shipped: MorphableModel, head: MorphableModel
) -> None:
    (tmp_path / "landmarks.json").write_text(json.dumps(head.landmarks.tolist()))
    model = open_own_model(write_flame(tmp_path, head), shipped, finder=_never)
    marks = marks_of(shipped, 512)
    fit = fit_landmarks(landmark_basis(model), marks, model.named_units)
    assert fit.error < 0.01 * np.linalg.norm(marks[36] - marks[45])


@pytest.mark.slow
@pytest.mark.parametrize("level", [0, 1])
def test_landmarks_found_in_pictures_lie_within_3_percent_of_the_true_ones(
    level: int, shipped: MorphableModel, networks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()  # the networks lie in the cache of all tests
    from dataclasses import replace

    from explorer.science.geometry.landmark_finding import find_landmarks

    head = geometry(shipped, level, seed=level, face_only=level == 1)
    found = find_landmarks(replace(head, landmarks=None), shipped, picture_finder(networks))
    apart = (head.mean[found] - head.mean[head.landmarks]).norm(dim=1)
    assert apart.max() < 0.03 * (head.mean[head.landmarks[36]] - head.mean[head.landmarks[45]]).norm()
