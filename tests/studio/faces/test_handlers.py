"""Photographs in, faces and embeddings out, with the real detector and encoders."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from explorer.science.evaluation.scoring import embed_face
from explorer.science.faces.alignment import crop_frame
from explorer.science.faces.face import Face
from explorer.science.recognition.registry import ENCODERS
from explorer.studio import places
from explorer.studio.catalogue.networks import Networks
from explorer.studio.engine.device import Device
from explorer.studio.engine.fake import FakeEngine
from explorer.studio.engine.reports import Event, Finished, Progress, Report
from explorer.studio.engine.requests import Request
from explorer.studio.faces.handlers import FaceHandlers
from explorer.studio.faces.requests import (
    EmbedFace,
    FaceEmbedded,
    ForgetFace,
    OpenPhotographs,
    OpenVectors,
    PhotographOpened,
    PhotographRefused,
    Source,
    VectorsOpened,
)
from explorer.studio.faces.similarity import similarity_table
from explorer.studio.faces.vectors import write_vector

ASTRONAUT = places.resources() / "faces" / "astronaut.png"


class Desk:
    """The face handlers on a fake engine, and the networks that they used."""

    def __init__(self) -> None:
        self.opened: list[Networks] = []
        self.handlers = FaceHandlers(Device(self._open))
        self.engine = FakeEngine(self.handlers.table())
        self.reports: list[Report] = []
        self.engine.connect(self._note)

    def _open(self, loading) -> Networks:
        self.opened.append(Networks("cpu", loading))
        return self.opened[-1]

    def _note(self, event: Event) -> None:
        self.reports.append(event.report)

    def do(self, request: Request) -> list[Report]:
        self.reports = []
        self.engine.submit(request)
        self.engine.run()
        return self.reports

    def result(self, request: Request) -> object:
        (finished,) = [report for report in self.do(request) if isinstance(report, Finished)]
        return finished.result


@pytest.fixture(scope="module")
def desk() -> Desk:
    return Desk()


@pytest.fixture(scope="module")
def opened(desk: Desk) -> PhotographOpened:
    reports = desk.do(OpenPhotographs((Source(path=ASTRONAUT, name=ASTRONAUT.name),)))
    return next(report for report in reports if isinstance(report, PhotographOpened))


def test_no_network_is_loaded_before_one_is_needed(tmp_path: Path) -> None:
    desk = Desk()
    np.save(tmp_path / "a.npy", np.ones(128, np.float32))
    desk.do(OpenVectors((tmp_path / "a.npy",), "sface"))
    assert desk.opened == []


def test_a_photograph_comes_with_its_face_and_its_pictures(opened: PhotographOpened) -> None:
    assert opened.photograph.name == "astronaut.png"
    assert len(opened.faces) == len(opened.thumbnails) == 1
    assert opened.thumbnails[0].shape == (112, 112, 3)
    assert max(opened.overview.shape) == 512
    assert opened.remark == ""


def test_loading_a_network_is_reported_as_progress() -> None:
    reports = Desk().do(OpenPhotographs((Source(path=ASTRONAUT, name="a"),)))
    assert "loading detector" in [report.message for report in reports if isinstance(report, Progress)]


def test_one_bad_file_does_not_spoil_the_others(desk: Desk, tmp_path: Path) -> None:
    text = tmp_path / "notes.jpg"
    text.write_text("not a picture")
    cut = tmp_path / "cut.png"
    cut.write_bytes(ASTRONAUT.read_bytes()[:2000])
    sources = [Source(path=path, name=path.name) for path in (text, cut, tmp_path / "none.png", ASTRONAUT)]
    reports = desk.do(OpenPhotographs(tuple(sources)))
    refused = [report.name for report in reports if isinstance(report, PhotographRefused)]
    assert refused == ["notes.jpg", "cut.png", "none.png"]
    for report in reports:
        if isinstance(report, PhotographRefused):
            assert report.name in report.message
    assert sum(isinstance(report, PhotographOpened) for report in reports) == 1


def test_a_photograph_without_a_face_says_what_to_do(desk: Desk, tmp_path: Path) -> None:
    import cv2

    wall = tmp_path / "wall.png"
    cv2.imwrite(str(wall), np.full((200, 300, 3), 128, np.uint8))
    reports = desk.do(OpenPhotographs((Source(path=wall, name="wall.png"),)))
    (report,) = [report for report in reports if isinstance(report, PhotographOpened)]
    assert report.faces == ()
    assert "wall.png" in report.remark
    assert "by hand" in report.remark


@pytest.mark.slow
def test_the_embeddings_are_those_that_the_command_line_makes(desk: Desk, opened: PhotographOpened) -> None:
    result = desk.result(EmbedFace("k", opened.photograph, opened.faces[0]))
    assert isinstance(result, FaceEmbedded)
    assert tuple(result.vectors) == ENCODERS.names()
    for encoder, vector in result.vectors.items():
        expected = embed_face(desk.opened[0].recogniser(encoder), opened.photograph, opened.faces[0])
        assert np.array_equal(vector, expected.numpy())
    assert np.array_equal(result.frame, crop_frame(opened.photograph, opened.faces[0]).frame)


@pytest.mark.slow
def test_a_face_seen_before_is_not_embedded_again_and_a_moved_point_is(
    desk: Desk, opened: PhotographOpened, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []

    def counted(recogniser, photograph, face) -> torch.Tensor:
        calls.append(recogniser.spec.id)
        return embed_face(recogniser, photograph, face)

    face = opened.faces[0]
    before = desk.result(EmbedFace("k", opened.photograph, face))
    monkeypatch.setattr("explorer.studio.faces.handlers.embed_face", counted)
    again = desk.result(EmbedFace("k", opened.photograph, face))
    assert calls == []
    assert all(again.vectors[encoder] is before.vectors[encoder] for encoder in ENCODERS.names())
    moved = Face(face.points + 2.0 * np.eye(5, 2, -2), face.box, 1.0, by_hand=True)
    third = desk.result(EmbedFace("k", opened.photograph, moved))
    assert calls == list(ENCODERS.names())
    assert not np.array_equal(third.vectors["sface"], before.vectors["sface"])
    desk.do(OpenPhotographs((Source(path=ASTRONAUT, name="a"),)))
    assert calls == list(ENCODERS.names())


@pytest.mark.slow
def test_a_forgotten_photograph_leaves_nothing_in_the_cache(opened: PhotographOpened) -> None:
    desk = Desk()
    desk.do(OpenPhotographs((Source(path=ASTRONAUT, name="a"),)))
    desk.do(EmbedFace("k", opened.photograph, opened.faces[0]))
    assert len(desk.handlers.stages) == 2 + len(ENCODERS.names())
    desk.do(ForgetFace(opened.photograph.sha256, opened.faces[0]))
    assert len(desk.handlers.stages) == 1
    desk.do(ForgetFace(opened.photograph.sha256))
    assert len(desk.handlers.stages) == 0


def test_a_vector_is_read_with_its_hash_and_one_of_another_length_is_refused(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "stolen.npy"
    np.save(path, np.arange(128, dtype=np.float32))
    result = desk.result(OpenVectors((path,), "sface"))
    assert isinstance(result, VectorsOpened)
    (opened,) = result.opened
    assert (opened.name, opened.encoder, len(opened.sha256)) == ("stolen.npy", "sface", 64)
    assert np.array_equal(opened.vector, np.arange(128))
    other = desk.result(OpenVectors((path,), "arcface-mbf"))
    assert isinstance(other, VectorsOpened)
    assert (other.opened, other.unnamed) == ((), ())
    assert "stolen.npy has 128 numbers" in other.refused[0]


def test_embeddings_that_name_their_encoder_are_opened_and_the_others_asked_for(desk: Desk, tmp_path: Path) -> None:
    vector = np.linspace(-1, 1, 128, dtype=np.float32)
    named = write_vector(tmp_path / "named.json", vector, "dlib-resnet")
    bare, broken = tmp_path / "bare.npy", tmp_path / "broken.npy"
    np.save(bare, vector)
    broken.write_bytes(b"no array")
    result = desk.result(OpenVectors((bare, named, broken)))
    assert isinstance(result, VectorsOpened)
    assert [(one.name, one.encoder) for one in result.opened] == [("named.json", "dlib-resnet")]
    (unnamed,) = result.unnamed
    assert (unnamed.path, unnamed.dimension) == (bare, 128)
    assert {"sface", "dlib-resnet"} <= {id_ for id_, _ in unnamed.encoders}
    assert unnamed.norm == pytest.approx(float(np.linalg.norm(vector)))
    assert [line.split()[0] for line in result.refused] == ["broken.npy"]


def test_a_table_holds_cosines_or_distances_of_those_that_have_the_encoder() -> None:
    random = np.random.default_rng(0)
    vectors = {
        key: {
            encoder: random.normal(size=size).astype(np.float32)
            for encoder, size in (("sface", 128), ("dlib-resnet", 128))
        }
        for key in "ab"
    } | {"bare": {"sface": random.normal(size=128).astype(np.float32)}}
    cosine = similarity_table("sface", vectors, 0.4)
    assert cosine.keys == ("a", "b", "bare")
    assert np.allclose(np.diag(cosine.matrix), 1)
    assert np.allclose(cosine.matrix, cosine.matrix.T)
    assert (cosine.threshold, cosine.own_threshold) == (0.4, 0.363)
    distance = similarity_table("dlib-resnet", vectors, 0.5)
    assert distance.keys == ("a", "b")
    expected = np.linalg.norm(vectors["a"]["dlib-resnet"] - vectors["b"]["dlib-resnet"])
    assert distance.matrix[0, 1] == pytest.approx(expected)
    assert np.allclose(np.diag(distance.matrix), 0)
    assert similarity_table("edgeface-s", vectors, 0.4).matrix.shape == (0, 0)
