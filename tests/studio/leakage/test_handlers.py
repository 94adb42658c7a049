"""The probe panel's requests with the real encoder and detector: what is read follows what is altered."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from explorer.science.evaluation.scoring import embed_face
from explorer.science.faces.alignment import crop_frame
from explorer.science.faces.reading import read_file
from explorer.science.leakage.edits import Patch, PictureEdit, VectorEdit
from explorer.science.leakage.perturb import perturbed, thinned
from explorer.science.leakage.probes import PROBES
from explorer.science.leakage.read import ProbeSet
from explorer.studio import places
from explorer.studio.catalogue import MissingNetwork
from explorer.studio.catalogue import probes as probing
from explorer.studio.engine.device import Device
from explorer.studio.engine.fake import FakeEngine
from explorer.studio.engine.reports import Event, Failure, Finished
from explorer.studio.faces.values import Edits
from explorer.studio.leakage import handlers as probe_handlers
from explorer.studio.leakage import reading
from explorer.studio.leakage.handlers import ProbeHandlers
from explorer.studio.leakage.readings import FaceRead
from explorer.studio.leakage.requests import ReadFace, ReadPhotograph, ReadPicture, ReadResult
from tests.science.leakage_kit import untrained

ENCODER = "sface"
PORTRAIT = places.resources() / "faces" / "synthetic-p009.jpg"


@pytest.fixture(autouse=True)
def probes(monkeypatch):
    """Probes that learnt nothing: their answers depend on the embedding all the same."""
    fitted = {name: untrained(spec, 128) for name, spec in PROBES.items()}
    found = ProbeSet(ENCODER, 128, fitted)
    monkeypatch.setattr(probe_handlers, "load_probes", lambda encoder: found)
    return found


@pytest.fixture(scope="module")
def portrait(networks):
    photograph = read_file(PORTRAIT)
    face = networks.detector().detect(photograph.pixels)[0]
    vector = embed_face(networks.recogniser(ENCODER), photograph, face).numpy()
    return photograph, face, vector, crop_frame(photograph, face).frame


@pytest.fixture
def answered(networks):
    """Serve a request; what it came to."""
    engine = FakeEngine(ProbeHandlers(Device(lambda loading: networks)).table())
    reports = []
    engine.connect(reports.append)

    def serve(request):
        engine.submit(request)
        engine.run()
        event: Event = reports[-1]
        return event.report.result if isinstance(event.report, Finished) else event.report

    return serve


def ask(portrait, **edits):
    photograph, face, vector, frame = portrait
    return ReadFace("key", ENCODER, vector, Edits(**edits), photograph, face, frame)


@pytest.mark.slow
def test_a_face_as_it_is_is_read_beside_what_its_picture_shows(answered, portrait, probes):
    read = answered(ask(portrait))
    assert read.now is read.before
    assert [one.probe for one in read.now.readouts] == list(PROBES)
    expected = probes.read(torch.from_numpy(portrait[2]))
    assert read.now.readouts[0].probability == expected[0].probability
    assert read.now.landmarks.shape == (68, 2)
    np.testing.assert_allclose(read.now.histogram.sum(-1), 1, atol=1e-5)
    said = read.now.readout("landmarks").value
    eyes = np.linalg.norm(read.now.landmarks[36] - read.now.landmarks[45])
    away = np.linalg.norm(said - read.now.landmarks, axis=-1).mean()
    assert read.now.landmark_error == pytest.approx(100 * away / eyes, rel=1e-4)
    assert read.now.nearness is None


@pytest.mark.slow
def test_an_altered_vector_is_the_perturbed_one_and_is_judged_against_itself(answered, portrait):
    edit = VectorEdit(noise=0.5, bits=4)
    read = answered(ask(portrait, vector=edit))
    np.testing.assert_array_equal(read.now.vector, perturbed(portrait[2], edit))
    one, other = read.now.vector.astype(float), portrait[2].astype(float)
    cosine = one @ other / np.linalg.norm(one) / np.linalg.norm(other)
    assert read.now.nearness.score == pytest.approx(cosine, abs=1e-5)
    np.testing.assert_array_equal(read.before.vector, portrait[2])


@pytest.mark.slow
def test_hiding_the_eyes_moves_the_embedding_and_shows_in_the_frame(answered, portrait):
    eyes = Patch.rectangle(0.2, 0.35, 0.8, 0.55)
    read = answered(ask(portrait, picture=PictureEdit(hidden=(eyes,))))
    assert read.now.nearness.score < 0.95
    side = read.now.frame.shape[0]
    inside = read.now.frame[int(0.4 * side) : int(0.5 * side), int(0.3 * side) : int(0.7 * side)]
    assert np.abs(inside.astype(int) - 128).max() <= 1
    slight = answered(ask(portrait, picture=PictureEdit(jpeg=95)))
    assert slight.now.nearness.score > 0.99


def test_what_a_debiased_encoder_was_made_of_stands_beside_it(answered, portrait, monkeypatch):
    assert answered(ask(portrait)).undebiased is None
    monkeypatch.setattr(probe_handlers, "made_of", lambda encoder: ENCODER)
    read = answered(ask(portrait))
    assert (read.beside_words, read.undebiased.frame) == (ENCODER, None)
    np.testing.assert_allclose(read.undebiased.vector, portrait[2], atol=1e-4)
    assert read.beside("smiling").probability == pytest.approx(read.now.readout("smiling").probability, abs=1e-4)
    altered = answered(ask(portrait, vector=VectorEdit(bits=2)))
    assert (altered.beside_words, altered.beside("smiling")) == ("unaltered", altered.before.readout("smiling"))


def test_a_reading_that_is_known_already_is_not_made_again(answered, portrait):
    before = answered(ask(portrait)).before
    request = ask(portrait, vector=VectorEdit(bits=2))
    again = ReadFace(**{**vars(request), "before": before})
    assert answered(again).before is before


def test_without_probes_edits_work_and_the_reason_is_told(answered, portrait, monkeypatch):
    monkeypatch.setattr(probe_handlers, "load_probes", probing.load_probes)
    monkeypatch.setattr(probing, "probes_file", lambda encoder: places.models() / "no-such-file")
    read = answered(ask(portrait, vector=VectorEdit(bits=1)))
    assert isinstance(read, FaceRead)
    assert "likeness train probes" in read.missing
    assert read.now.readouts == ()
    assert len(np.unique(np.abs(read.now.vector))) == 1


def test_without_dlibs_network_the_rest_is_read(answered, portrait, monkeypatch):
    def missing(networks, frame):
        raise MissingNetwork("dlib-landmarks-68")

    monkeypatch.setattr(reading, "frame_landmarks", missing)
    read = answered(ask(portrait))
    assert read.now.landmarks is None
    assert "likeness models fetch" in read.now.remark
    assert read.now.histogram is not None


def test_a_vector_of_which_nothing_is_left_is_said_in_one_line(answered):
    lone = np.zeros(128, np.float32)
    lone[3] = 1
    lost = next(seed for seed in range(99) if not thinned(lone, 0.99, seed).any())
    report = answered(ReadFace("key", ENCODER, lone, Edits(vector=VectorEdit(drop=0.99, noise_seed=lost))))
    assert isinstance(report, Failure)
    assert report.kind == "user"
    assert "nothing but zeros" in report.message


def test_a_bare_embedding_has_no_picture(answered, portrait):
    read = answered(ReadFace("key", ENCODER, portrait[2], Edits()))
    assert (read.now.frame, read.now.landmarks, read.now.histogram) == (None, None, None)
    assert read.now.readouts


@pytest.mark.slow
def test_an_inversion_is_found_embedded_and_judged_as_any_photograph(answered, portrait):
    photograph, face, vector, _ = portrait
    image = crop_frame(photograph, face).frame
    read = answered(ReadResult("run-1", "result", ENCODER, image, ENCODER, vector))
    assert read.reading.nearness.score > 0.9
    assert read.reading.nearness.attacked
    assert read.reading.readouts
    empty = answered(ReadResult("run-1", "step 3", ENCODER, np.full((256, 256, 3), 99, np.uint8), ENCODER, vector))
    assert empty.reading is None
    assert "No face" in empty.remark


@pytest.mark.slow
def test_a_photograph_and_a_picture_of_it_are_labelled_alike(answered, portrait, networks):
    photograph, face, _, frame = portrait
    own = answered(ReadPhotograph("key", photograph, face))
    assert [one.probe for one in own.readouts] == list(PROBES)
    assert own.remark == ""
    labels = {one.probe: one for one in own.readouts}
    landmarks = labels["landmarks"].value
    read = answered(ReadPicture("run-1", "result", ENCODER, frame, landmarks, labels["histogram"].value))
    made = {one.probe: one for one in read.reconstruction.readouts}
    assert [made[probe].text for probe in ("smiling", "eyeglasses", "gender")] == [
        labels[probe].text for probe in ("smiling", "eyeglasses", "gender")
    ]
    assert made["age"].value == pytest.approx(labels["age"].value, abs=5)
    assert read.reconstruction.landmark_error < 5
    assert read.reconstruction.histogram_error < 1
    empty = answered(ReadPicture("run-1", "step 3", ENCODER, np.full((256, 256, 3), 99, np.uint8)))
    assert (empty.reconstruction.readouts, empty.reconstruction.without_face) == ((), 1)
    assert "No face" in empty.remark


def test_without_the_labellers_pictures_say_so_and_the_rest_goes_on(answered, portrait, networks, monkeypatch):
    def missing(self):
        raise MissingNetwork("face-parsing is missing")

    monkeypatch.setattr(type(networks), "labellers", missing)
    photograph, face, _, frame = portrait
    own = answered(ReadPhotograph("key", photograph, face))
    read = answered(ReadPicture("run-1", "result", ENCODER, frame))
    assert (own.readouts, read.reconstruction) == ((), None)
    assert "face-parsing is missing" in own.remark
    assert "face-parsing is missing" in read.remark
