"""Figures of the morphable model: they show the model's own numbers, and are made again to the last pixel."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from explorer.science.geometry.morphable_model import MorphableModel, MorphableModelError, to_tensors
from explorer.science.geometry.uv import uv_map
from explorer.science.synthetic.scene import GROUPS
from explorer.studio.app import cli
from explorer.studio.export.provenance import read_provenance
from explorer.studio.geometry.fitting import load_morphable_model
from explorer.studio.people.macro_file import load_macro_model
from explorer.studio.people.model_figures import ModelFigureSettings, draw_model
from tests.studio.reproducing.again_kit import made_again

SIDE = 48


@pytest.fixture(scope="module")
def model() -> MorphableModel:
    return load_morphable_model()


def test_positions_on_the_map_are_the_mean_shapes_and_mirror_each_other(model: MorphableModel) -> None:
    _, positions = draw_model(model, ModelFigureSettings(figure="maps", side=SIDE)).pictures
    uv = uv_map(model, SIDE)
    low, high = model.mean.amin(0), model.mean.amax(0)
    back = low + torch.from_numpy(positions).float() / 255 * (high - low)
    true = uv.at_texels(model.mean)
    assert float((back[uv.covered] - true).abs().max()) < float((high - low).max()) / 255
    mirrored = positions[:, ::-1].astype(int)
    both = uv.covered.numpy()
    assert np.abs(mirrored[both][:, 0] + positions[both][:, 0] - 255).max() <= 3
    assert np.abs(mirrored[both][:, 1] - positions[both][:, 1].astype(int)).max() <= 3


def test_components_that_move_nothing_are_drawn_as_the_mean(model: MorphableModel) -> None:
    still = replace(model, identity=torch.zeros_like(model.identity), albedo=torch.zeros_like(model.albedo))
    settings = ModelFigureSettings(figure="components", count=2, side=SIDE)
    figure = draw_model(still, settings)
    shape, colour = figure.rows[0][0], figure.rows[2][0]
    assert shape is not None
    assert colour is not None
    for mean, rows in ((shape, figure.rows[:2]), (colour, figure.rows[2:])):
        assert all(np.array_equal(cell.picture, mean.picture) for row in rows for cell in row if cell is not None)
    moved = draw_model(model, settings).rows
    assert not np.array_equal(moved[0][1].picture, moved[1][1].picture)  # type: ignore[union-attr]


def test_a_model_without_colours_shows_its_shapes_alone(model: MorphableModel) -> None:
    grey = replace(model, albedo=None, albedo_mean=None)
    assert len(draw_model(grey, ModelFigureSettings(figure="components", count=1, side=SIDE)).rows) == 2
    with pytest.raises(MorphableModelError, match="no albedo"):
        draw_model(grey, ModelFigureSettings(figure="maps", side=SIDE))


def test_vectors_lead_from_the_middle_to_the_ends_of_their_sliders(model: MorphableModel) -> None:
    macros = load_macro_model()
    vectors, none = macros.vectors(), np.zeros((1, len(macros.control_of)))
    half, thirds = np.array([0.5]), np.full((1, len(GROUPS)), 1 / len(GROUPS))
    old = macros.shapes(half, np.array([1.0]), np.zeros(1), thirds, none)[0]
    male = macros.shapes(np.array([1.0]), half, np.zeros(1), thirds, none)[0]
    assert macros.middle() + vectors["age"] / 2 == pytest.approx(old)
    assert macros.middle() + vectors["gender"] / 2 == pytest.approx(male)
    assert not macros.colour_vectors()["weight"].any()
    with pytest.raises(MorphableModelError, match="has none"):
        draw_model(model.trimmed(3), ModelFigureSettings(figure="vectors", side=SIDE))


@pytest.mark.parametrize("name", ["vectors", "heads --count 2 --seed 3"])
def test_a_figure_is_made_again_to_the_last_pixel(name: str, tmp_path: Path) -> None:
    out = tmp_path / "figure.png"
    assert cli.main(["figure", *name.split(), "--size", str(SIDE), "--out", str(out)]) == 0
    again = made_again(out)
    assert again.same
    assert again.differences == ()
    with Image.open(out) as then, Image.open(again.files[0]) as now:
        assert np.array_equal(np.asarray(then), np.asarray(now))


def test_a_figure_of_another_model_wants_its_file_again(
    model: MorphableModel, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own, out = tmp_path / "own.safetensors", tmp_path / "figure.png"
    tensors, about = to_tensors(replace(model, name="narrow", mean=model.mean * torch.tensor([0.9, 1.0, 1.0])))
    save_file(tensors, own, about)
    arguments = ["figure", "maps", "--model", str(own), "--size", str(SIDE), "--out", str(out), "--json"]
    assert cli.main(arguments) == 0
    assert json.loads(capsys.readouterr().out)["model"] == "narrow"
    assert read_provenance(out)["own_model"]
    assert cli.main(["reproduce", str(out)]) == 2
    assert "own model narrow" in capsys.readouterr().err
    assert made_again(out, own).same


def test_what_is_no_figure_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["figure", "maps", "--out", str(tmp_path / "figure.txt")]) == 2
    assert "written as .png, .svg, .pdf" in capsys.readouterr().err
