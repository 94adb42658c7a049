"""`train visibility-field` writes a field that can be loaded, goes on, and refuses what it does not know."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from explorer.science.geometry.visibility_field import FieldSettings
from explorer.science.training import visibility_field as recipe_module
from explorer.studio import places
from explorer.studio.app import cli
from explorer.studio.catalogue import visibility_fields
from explorer.studio.catalogue.visibility_fields import load_visibility_field
from explorer.studio.commands import _train_visibility_field
from explorer.studio.errors import UserError
from explorer.studio.geometry.fitting import load_morphable_model


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for module in (visibility_fields, _train_visibility_field):
        monkeypatch.setattr(module, "field_file", lambda preset: tmp_path / f"{preset}.safetensors")
    return tmp_path


def test_a_field_is_trained_tested_and_can_be_loaded(
    models: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = FieldSettings(identity=3, expression=2, before=1, width=16, layers=1)
    small = replace(recipe_module.RECIPES["default"], batch=4, points=64, learnt=32, test_faces=3, settings=settings)
    monkeypatch.setitem(recipe_module.RECIPES, "default", small)
    arguments = ["train", "visibility-field", "--work", str(models / "work"), "--faces", "2", "--steps", "3"]
    for _ in range(2):  # the second time, the finished training is only measured and written again
        assert cli.main(arguments) == 0
        told = capsys.readouterr().out
        assert "3 steps on 2 faces" in told
        assert "75 to 90 degrees" in told
    field, model = load_visibility_field(), load_morphable_model()
    field.check(model)
    found = field.at(torch.rand(4, 2))(torch.zeros(3), torch.zeros(52), torch.zeros(()), torch.zeros(()))
    assert found.shape == (4,)
    assert cli.main([*arguments, "--seed", "7"]) == 2
    assert "remove it to begin anew" in capsys.readouterr().err


def test_an_unknown_preset_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    work = tmp_path / "work"
    assert cli.main(["train", "visibility-field", "--work", str(work), "--preset", "large"]) == 2
    assert "there are default, thesis" in capsys.readouterr().err
    assert not work.exists()


def test_a_missing_or_damaged_file_says_what_to_do(models: Path) -> None:
    with pytest.raises(UserError, match="likeness train visibility-field"):
        load_visibility_field("thesis")
    shutil.copy(places.models() / "preview-128.safetensors", models / "thesis.safetensors")
    with pytest.raises(UserError, match="of another version of this program"):
        load_visibility_field("thesis")
