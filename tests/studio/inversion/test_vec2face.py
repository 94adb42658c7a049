"""A vector drawn by its encoder's generator: the picture, its record, its backgrounds, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from explorer.science.vec2face.generator import VectorToFace, WithBackground
from explorer.science.vec2face.record import Vec2FaceRecord
from explorer.science.vec2face.settings import Vec2FaceSettings
from explorer.studio.app import cli
from explorer.studio.catalogue.networks import network_sha256
from explorer.studio.catalogue.vec2face import load_vec2face, save_vec2face
from explorer.studio.errors import UserError
from explorer.studio.export.generated import open_picture
from explorer.studio.inversion.decoding import DecodedRun
from tests.studio.reproducing.again_kit import made_again

SETTINGS = Vec2FaceSettings(resolution=16, width=1 / 64)
RECORD = Vec2FaceRecord(
    settings=SETTINGS,
    encoder="sface",
    dimension=128,
    network=network_sha256("sface"),
    configuration="F",
    taught_by="sface itself",
    learnt_from="nothing",
    faces=2,
    people=2,
    digest="0",
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return save_vec2face(VectorToFace(128, SETTINGS), RECORD, " FOLDER", tmp_path / "made.safetensors")


def test_the_command_draws_the_vector_by_a_background(file: Path, tmp_path: Path, networks, capsys) -> None:  # type: ignore[no-untyped-def]
    vector, out = torch.linspace(-1, 1, 128), tmp_path / "out"
    np.save(tmp_path / "vector.npy", vector.numpy())
    given = ["invert", str(tmp_path / "vector.npy"), "--encoder", "sface", "--out", str(out), "--no-mark", "--json"]
    assert cli.main([*given, "--method", "vec2face", "--vec2face", str(file), "--background", "3"]) == 0
    (said,) = json.loads(capsys.readouterr().out)
    run = DecodedRun.model_validate_json((out / "vector" / "run.json").read_text())
    assert said == run.model_dump(mode="json") | {"files": said["files"]}
    assert (run.method, run.background, run.side) == ("vec2face", 3, 16)
    assert set(run.networks) >= {"sface", "vec2face-sface"}
    generator, _ = load_vec2face("sface", file)
    expected = WithBackground(generator, 3).picture(vector).permute(1, 2, 0).mul(255).round().byte().numpy()
    assert np.abs(open_picture(out / "vector" / "result.png").pixels.astype(int) - expected).max() <= 1
    picture, source = out / "vector" / "result.png", tmp_path / "vector.npy"
    assert run.file == file.name
    assert cli.main(["reproduce", str(picture), "--source", str(source)]) == 2
    assert f"made from {file.name}" in capsys.readouterr().err
    assert made_again(picture, source, file, networks=networks).same
    assert cli.main([*given, "--background", "3"]) == 2
    assert "--method vec2face" in capsys.readouterr().err


def test_another_encoders_generator_is_refused_and_a_missing_one_named(file: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="draws by vectors of sface"):
        load_vec2face("arcface-mbf", file)
    with pytest.raises(UserError, match="train vec2face SET --encoder arcface-mbf"):
        load_vec2face("arcface-mbf", tmp_path / "none.safetensors")
    file.write_bytes(file.read_bytes()[:-9])
    with pytest.raises(UserError, match="damaged"):
        load_vec2face("sface", file)


def test_the_card_says_what_was_learnt_and_how(file: Path) -> None:
    card = file.with_suffix(".md").read_text()
    assert "configuration (F) of table II" in card
    assert "| attacked | sface, as a white box |" in card
    assert "distillation, bijective metric" in card
    black = save_vec2face(
        VectorToFace(128, SETTINGS), RECORD.model_copy(update={"black_box": True}), "", file.with_name("b.safetensors")
    )
    assert "no slope of it was used" in black.with_suffix(".md").read_text()
