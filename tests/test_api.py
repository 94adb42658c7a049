"""The library gives what the command line gives, and refuses in one line what it cannot use."""

from __future__ import annotations

import csv
import json
import subprocess
import sys

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

import explorer as lk
from explorer.studio import places
from explorer.studio.app import cli

FACES = places.resources() / "faces"
FACE = FACES / "synthetic-p002.jpg"
QUICK = {"steps": 3, "starts": 2, "contest": 1, "finish": 0, "resolution": 128, "seed": 5}
FLAGS = [part for name, value in QUICK.items() for part in (f"--{name}", str(value))]


@pytest.fixture(scope="module")
def face():
    return lk.open_face(FACE, device="cpu")


@pytest.fixture(scope="module")
def vector(face):
    return lk.embed(face, "arcface-mbf", device="cpu")


@pytest.fixture(scope="module")
def run(vector):
    return lk.invert(vector, "arcface-mbf", device="cpu", **QUICK)


@pytest.fixture(scope="module")
def two_faces():
    pictures = [Image.open(FACES / f"synthetic-p00{person}.jpg").convert("RGB").resize((512, 512)) for person in (2, 5)]
    return np.hstack([np.asarray(picture) for picture in pictures])


def test_importing_the_package_loads_nothing_heavy():
    code = (
        "import sys, explorer; assert explorer.__version__; assert 'invert' in dir(explorer);"
        "print(*sorted({name.split('.')[0] for name in sys.modules}))"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "explorer" in loaded
    assert not {"torch", "numpy", "scipy", "cv2", "pydantic", "pandas", "matplotlib", "PySide6"} & set(loaded)


def test_the_package_offers_exactly_what_the_library_does():
    assert set(lk.__all__) == {*lk.api.__all__, "api"}
    assert all(getattr(lk, name) is getattr(lk.api, name) for name in lk.api.__all__)
    with pytest.raises(AttributeError, match="nonsense"):
        _ = lk.nonsense


@pytest.mark.slow
def test_an_embedding_is_that_of_the_command_line(vector, tmp_path):
    path = tmp_path / "stolen.npy"
    assert cli.main(["embed", str(FACE), "--encoder", "arcface-mbf", "--out", str(path)]) == 0
    np.testing.assert_array_equal(vector, np.load(path))
    assert (vector.shape, vector.dtype) == ((512,), np.float32)


@pytest.mark.slow
def test_a_picture_is_a_file_or_its_pixels_or_an_image_of_pillow(vector):
    with Image.open(FACE) as image:
        upright = image.convert("RGB")
    for picture in (str(FACE), np.asarray(upright), upright):
        np.testing.assert_array_equal(lk.embed(picture, "arcface-mbf", device="cpu"), vector)


@pytest.mark.slow
def test_of_several_faces_one_must_be_named(two_faces):
    assert len(lk.find_faces(two_faces, device="cpu")) == 2
    for refused in (lk.open_face, lk.embed, lk.read, lk.fit):
        with pytest.raises(lk.FaceError, match=r"2 faces.*face="):
            refused(two_faces, device="cpu")
    first, second = (lk.open_face(two_faces, face=number, device="cpu") for number in (1, 2))
    assert not np.array_equal(first.face.points, second.face.points)
    chosen = lk.embed(two_faces, "sface", face=2, device="cpu")
    np.testing.assert_array_equal(chosen, lk.embed(second, "sface", device="cpu"))
    assert not np.allclose(chosen, lk.embed(first, "sface", device="cpu"))
    with pytest.raises(lk.FaceError, match="no face 3"):
        lk.open_face(two_faces, face=3, device="cpu")


@pytest.mark.slow
def test_a_face_is_named_once(face):
    with pytest.raises(lk.UserError, match="leave face= out"):
        lk.embed(face, "sface", face=1, device="cpu")
    with pytest.raises(lk.UserError, match="not both"):
        lk.open_face(FACE, face=1, points=face.face.points, device="cpu")


def test_a_face_can_be_placed_by_its_points(face):
    placed = lk.open_face(FACE, points=face.face.points)
    assert placed.face.by_hand
    np.testing.assert_array_equal(placed.frame, face.frame)


def test_a_face_is_nearer_to_itself_than_to_another(vector):
    other = lk.embed(FACES / "synthetic-p005.jpg", "arcface-mbf", device="cpu")
    same, different = (lk.compare(vector, to, "arcface-mbf", device="cpu") for to in (vector, other))
    assert same.passes
    assert same.score == pytest.approx(1)
    assert not different.passes
    assert different.score == lk.compare(other, vector, "arcface-mbf", device="cpu").score


@pytest.mark.parametrize("encoder", [spec.id for spec in lk.list_encoders()])
def test_every_encoder_has_a_licence_and_is_listed_by_it(encoder):
    (spec,) = (spec for spec in lk.list_encoders() if spec.id == encoder)
    assert spec.licence
    assert (spec in lk.list_encoders(commercial=True)) is spec.commercial
    assert (spec in lk.list_encoders(commercial=False)) is not spec.commercial


@pytest.mark.slow
def test_an_inversion_is_that_of_the_command_line(run, vector, tmp_path):
    path, out = tmp_path / "stolen.npy", tmp_path / "out"
    np.save(path, vector)
    assert (
        cli.main(
            [
                "invert",
                str(path),
                "--encoder",
                "arcface-mbf",
                "--out",
                str(out),
                *FLAGS,
                "--device",
                "cpu",
                "--keep-latent",
            ]
        )
        == 0
    )
    stored = load_file(out / "stolen" / "latents.safetensors")
    assert torch.equal(run.result.latent, stored["result"])
    assert torch.equal(torch.stack(run.result.latents), stored["latents"])
    record = json.loads((out / "stolen" / "run.json").read_text())
    assert run.result.run.settings.model_dump(mode="json") == record["settings"]
    assert [score.model_dump(mode="json") for score in run.scores()] == record["scores"]


@pytest.mark.slow
def test_a_run_is_iterated_for_its_steps_and_can_be_left(run, vector):
    again = lk.invert(vector, "arcface-mbf", device="cpu", **QUICK)
    for step in again:
        if step.index == 1:
            break
    assert [step.index for step in again] == [2, 3]
    assert torch.equal(again.result.latent, run.result.latent)
    np.testing.assert_array_equal(again.image, run.image)
    assert (run.image.shape, run.image.dtype) == ((1024, 1024, 3), np.uint8)


@pytest.mark.slow
def test_a_stopped_run_keeps_what_it_has(vector):
    run = lk.invert(vector, "arcface-mbf", device="cpu", **QUICK | {"steps": 50})
    for step in run:
        if step.index == 1:
            run.stop()
    assert run.result.run.stopped_by == "user"
    assert len(run.result.latents) == 2
    unbegun = lk.invert(vector, "arcface-mbf", device="cpu", **QUICK)
    unbegun.stop()
    with pytest.raises(lk.UserError, match="stopped before"):
        _ = unbegun.result


@pytest.mark.slow
def test_held_out_encoders_judge_by_the_face_that_the_vector_came_from(run, face):
    (alone,) = run.scores()
    scores = run.scores(face)
    assert [score.attacked for score in scores] == [True, False, False, False]
    assert scores[0] == alone
    begun_with_the_face = lk.invert(face, "arcface-mbf", device="cpu", **QUICK)
    assert torch.equal(begun_with_the_face.result.latent, run.result.latent), "the photograph itself is not used"
    assert begun_with_the_face.scores() == scores


@pytest.mark.slow
def test_a_result_is_saved_with_its_mark_and_how_it_was_made(run, tmp_path):
    from explorer.studio.export.provenance import read_provenance

    picture, sidecar = run.save(tmp_path / "result.png")
    assert read_provenance(picture)["settings"]["seed"] == QUICK["seed"]
    assert sidecar.exists()
    assert picture.stat().st_mode & 0o077 == 0
    unmarked, _ = run.save(tmp_path / "plain.png", mark=False)
    np.testing.assert_array_equal(np.asarray(Image.open(unmarked)), run.image)
    assert not np.array_equal(np.asarray(Image.open(picture)), run.image)


def test_weights_and_preset_are_those_of_the_command_line(vector):
    run = lk.invert(vector, preset="paper", weights={"prior": 0.5}, device="cpu", steps=7)
    assert (run.settings.steps, run.settings.histogram, run.settings.tolerance) == (7, "printed", 0.0)
    assert run.settings.weights == {"identity": 1.0, "landmarks": 0.0006, "histogram": 0.01, "prior": 0.5}


def test_readouts_are_the_table_of_the_command_line(vector, tmp_path):
    path, table = tmp_path / "stolen.npy", tmp_path / "table.csv"
    np.save(path, vector)
    assert cli.main(["probe", str(path), "--encoder", "arcface-mbf", "--out", str(table)]) == 0
    readouts = lk.read(vector, "arcface-mbf", device="cpu")
    with table.open() as file:
        lines = list(csv.DictReader(file))
    rows = readouts.rows()
    assert [row["part"] or "" for row in rows] == [line["part"] for line in lines]
    assert [row["read"] for row in rows] == [float(line["read"]) for line in lines]
    assert lk.read(path, "arcface-mbf", device="cpu").rows() == rows
    assert set(readouts) == {row["probe"] for row in rows}
    assert all(readouts[probe].probe == probe for probe in readouts)


@pytest.mark.slow
def test_a_vector_is_read_by_reconstruction(vector):
    readouts = lk.read(vector, "arcface-mbf", by="reconstruction", runs=2, device="cpu", **QUICK)
    assert set(readouts.reconstruction) == set(readouts)
    assert readouts.photograph == {}
    assert readouts.reconstruction["age"].pictures <= 2
    assert {row["subject"] for row in readouts.rows()} == {"vector probe", "reconstruction"}


def test_settings_of_inversions_are_refused_without_them(vector):
    for given in ({"runs": 3}, {"steps": 3}, {"weights": {"prior": 1.0}}, {"preset": "paper"}):
        with pytest.raises(lk.UserError, match='by="reconstruction"'):
            lk.read(vector, "arcface-mbf", device="cpu", **given)
    with pytest.raises(lk.UserError, match="from the vector alone"):
        lk.read(vector, "arcface-mbf", by="reconstruction", targets="photograph", device="cpu")
    with pytest.raises(lk.UserError, match="from 1 to 64"):
        lk.read(vector, "arcface-mbf", by="reconstruction", runs=65, device="cpu")


def test_a_face_is_read_beside_its_picture(face):
    readouts = lk.read(face, "arcface-mbf", device="cpu")
    np.testing.assert_array_equal(readouts.reading.frame, face.frame)
    assert any(row["picture"] is not None for row in readouts.rows())


@pytest.mark.slow
def test_a_frame_has_the_rows(vector):
    readouts = lk.read(vector, "arcface-mbf", device="cpu")
    frame = readouts.to_frame()
    assert len(frame) == len(readouts.rows())
    assert list(frame.columns) == list(readouts.rows()[0])


def test_without_pandas_the_rows_are_there_and_a_frame_says_what_to_install(vector, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    readouts = lk.read(vector, "arcface-mbf", device="cpu")
    assert readouts.rows()
    with pytest.raises(lk.UserError, match="pip install pandas"):
        readouts.to_frame()


@pytest.mark.slow
def test_a_fit_is_that_of_the_command_line_and_is_saved(face, tmp_path, capsys):
    import trimesh

    flags = ["--landmarks", "mediapipe", "--no-refine", "--json"]
    assert cli.main(["fit", str(FACE), *flags]) == 0
    said = json.loads(capsys.readouterr().out)
    fit = lk.fit(face, landmarks="mediapipe", refine=False, device="cpu")
    assert fit.angles == (said["pose"]["yaw"], said["pose"]["pitch"], said["pose"]["roll"])
    assert fit.pose.rotation.tolist() == said["pose"]["rotation"]
    assert fit.record["sha256"] == said["sha256"]
    assert fit.vertices.shape == (fit.triangles.max() + 1, 3)
    mesh = trimesh.load(fit.save(tmp_path / "face.glb", level=0, texture=64)[0], force="mesh")
    assert len(mesh.faces) == len(fit.triangles)
    written = fit.save(tmp_path / "all", level=0, texture=64)
    assert {path.suffix for path in written} >= {".glb", ".obj", ".png", ".json"}
    with pytest.raises(lk.UserError, match=r"\.glb or \.obj"):
        fit.save(tmp_path / "face.stl")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: lk.embed(FACE, "facenet"), "no encoder called 'facenet'"),
        (lambda: lk.invert(np.ones(128), "arcface-mbf"), "128 numbers, but arcface-mbf makes 512"),
        (lambda: lk.invert(np.zeros(512), "arcface-mbf"), "zeros only"),
        (lambda: lk.read(np.full(512, np.nan), "arcface-mbf"), "not finite"),
        (lambda: lk.compare(np.ones(512), np.ones(128)), "128 numbers"),
        (lambda: lk.invert(np.ones(512), weights={"beauty": 1.0}), "no loss term called 'beauty'"),
        (lambda: lk.invert(np.ones(512), preset="secret"), "default, paper"),
        (lambda: lk.invert(np.ones(512), steps=0), "steps"),
        (lambda: lk.invert(np.ones(512), pace=3), "pace"),
        (lambda: lk.open_face("nowhere.jpg"), "nowhere.jpg"),
        (lambda: lk.open_face(np.zeros((200, 200, 3), np.uint8)), "no face"),
        (lambda: lk.fit(FACE, landmarks="guess"), "guess"),
    ],
)
def test_what_cannot_be_used_is_refused_at_once(call, message):
    with pytest.raises(ValueError, match=message) as refused:
        call()
    assert "\n" not in str(refused.value)
