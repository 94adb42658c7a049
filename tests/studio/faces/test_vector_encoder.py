"""Whose an embedding is: the record beside its file, the file, the caller; never its dimension where that is shared."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from explorer.science.faces.face import Face, Photograph
from explorer.science.recognition.base import similarity_or_distance
from explorer.science.remarks import remarks_heard_by
from explorer.studio.errors import UserError
from explorer.studio.export.provenance import sidecar
from explorer.studio.faces.vector_encoder import UnnamedEncoderError, open_vector
from explorer.studio.faces.vector_export import export_vector
from explorer.studio.faces.vectors import vector_of, write_vector

PHOTOGRAPH = Photograph(np.zeros((8, 8, 3), np.uint8), "me.jpg", "0" * 64)
FACE = Face(np.arange(10.0).reshape(5, 2), (0, 0, 8, 8), 0.9)


def embedding(length: float, dimension: int = 128) -> np.ndarray:
    vector = np.random.default_rng(0).normal(size=dimension)
    return (vector / np.linalg.norm(vector) * length).astype(np.float32)


def heard(path: Path, encoder: str | None) -> list[str]:
    said: list[str] = []
    with remarks_heard_by(said.append):
        open_vector(path, encoder)
    return said


def test_the_record_beside_an_embedding_says_whose_it_is(tmp_path: Path) -> None:
    path, _ = export_vector(tmp_path / "me.npy", embedding(1.4), "dlib-resnet", PHOTOGRAPH, FACE)
    opened = open_vector(path)
    assert (opened.encoder, opened.remarks) == ("dlib-resnet", ())
    assert opened.words == "me.npy: 128 numbers of dlib-resnet, as its record says, norm 1.4"
    with pytest.raises(UserError, match=r"of dlib-resnet, not of sface, as the record beside it says"):
        open_vector(path, "sface")


def test_the_record_of_other_numbers_is_not_believed(tmp_path: Path) -> None:
    path, _ = export_vector(tmp_path / "me.npy", embedding(1.4), "dlib-resnet", PHOTOGRAPH, FACE)
    np.save(path, embedding(11))
    with pytest.raises(UnnamedEncoderError):
        open_vector(path)
    assert open_vector(path, "sface").encoder == "sface"
    assert heard(path, "sface") == ["me.npy: the record beside it is of other numbers and is not believed"]


def test_a_record_of_an_earlier_version_is_believed_where_its_dimension_fits(tmp_path: Path) -> None:
    path, record = export_vector(tmp_path / "me.npy", embedding(1.4), "dlib-resnet", PHOTOGRAPH, FACE)
    about = json.loads(record.read_text())
    del about["file_sha256"]
    record.write_text(json.dumps(about))
    assert open_vector(path).encoder == "dlib-resnet"
    np.save(path, embedding(20, 512))
    with pytest.raises(UnnamedEncoderError):
        open_vector(path)


@pytest.mark.parametrize("content", [b"", b"[1]", b"{", b'{"kind": "embedding", "encoder": 3}', b"[" * 100_000])
def test_a_record_that_is_none_is_no_fault_of_the_embedding(content: bytes, tmp_path: Path) -> None:
    path = write_vector(tmp_path / "me.npy", embedding(11), "sface")
    sidecar(path).write_bytes(content)
    assert open_vector(path, "sface").encoder == "sface"


def test_the_record_goes_before_what_the_file_says(tmp_path: Path) -> None:
    path, _ = export_vector(tmp_path / "me.json", embedding(1.4), "dlib-resnet", PHOTOGRAPH, FACE)
    assert open_vector(path).encoder == "dlib-resnet"
    sidecar(path).unlink()
    assert open_vector(path).words.endswith("of dlib-resnet, as its file says, norm 1.4")


def test_numbers_alone_do_not_say_whose_they_are(tmp_path: Path) -> None:
    path = write_vector(tmp_path / "x.npy", embedding(1.4), "")
    told = (
        r"x\.npy has 128 numbers of norm 1\.4, as those of dlib-resnet have, and .* sface and dlib-resnet .*--encoder"
    )
    with pytest.raises(UnnamedEncoderError, match=told):
        open_vector(path)
    odd = write_vector(tmp_path / "odd.npy", embedding(1.4, 7), "")
    with pytest.raises(
        UserError, match=r"odd\.npy has 7 numbers, which no encoder makes: there are 512 of arcface-mbf"
    ):
        open_vector(odd)
    with pytest.raises(UserError, match="128 numbers, but arcface-mbf makes 512"):
        open_vector(path, "arcface-mbf")
    foreign = write_vector(tmp_path / "foreign.json", embedding(1.4), "facenet")
    with pytest.raises(UserError, match=r"foreign\.json: no encoder called 'facenet'"):
        open_vector(foreign)


@pytest.mark.parametrize(("length", "said"), [(1.4, False), (1.0, True), (14.0, True)])
def test_a_changed_length_is_remarked_upon_where_the_measure_depends_on_it(
    length: float, said: bool, tmp_path: Path
) -> None:
    path = write_vector(tmp_path / "x.npy", embedding(length), "")
    assert [f"its norm is {length:.4g}, but dlib-resnet gives" in line for line in heard(path, "dlib-resnet")] == (
        [True] if said else []
    )
    assert heard(path, "sface") == []


@pytest.mark.parametrize("scale", [1e30, 1e-30])
def test_the_cosine_to_a_scaled_copy_is_one(scale: float, tmp_path: Path) -> None:
    vector = embedding(11)
    path = write_vector(tmp_path / "x.npy", vector * np.float32(scale), "")
    opened = open_vector(path, "sface")
    assert float(vector @ opened.vector / np.linalg.norm(vector) / np.linalg.norm(opened.vector)) > 0.999999
    assert opened.norm == pytest.approx(11 * scale, rel=1e-5)
    assert heard(path, "sface") == [f"x.npy: its norm is {11 * scale:.1e}: only its direction is used"]
    assert np.isfinite(np.linalg.norm(vector_of(vector * np.float32(scale), "x", 128, "sface")))


@pytest.mark.parametrize("scale", [1e30, 1e-30])
def test_the_measure_itself_does_not_run_over(scale: float) -> None:
    import torch

    vector = torch.from_numpy(embedding(11))
    assert float(similarity_or_distance(vector, vector * scale, "cosine")) == pytest.approx(1, abs=1e-6)
    assert float(similarity_or_distance(-vector[None] * scale, vector[None], "cosine")[0]) == pytest.approx(
        -1, abs=1e-6
    )
