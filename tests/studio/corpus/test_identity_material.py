"""What targets are made of: drawn once, taken from a corpus where there is one, never from people that judge."""

import shutil
from types import SimpleNamespace

import pytest
import torch
import torch.nn.functional as F

from explorer.studio import places
from explorer.studio.corpus import identity_material as material
from explorer.studio.corpus.identity_material import generated_material, photographed, photographs_of
from explorer.studio.errors import UserError
from tests.studio.corpus.corpus_kit import write_corpus

FACES = 450
PICTURES = places.resources() / "faces"


class MadeUpDrawing:
    """Face number N has an embedding of its number; `drawn`: which were drawn, in order."""

    def __init__(self):
        self.drawn = []
        self.recogniser = SimpleNamespace(spec=SimpleNamespace(dimension=4))

    def embeddings(self, drawing, faces, done=0):
        for first in range(done, faces, 3):
            numbers = range(first, min(first + 3, faces))
            self.drawn += numbers
            yield torch.tensor([[float(number)] * 4 for number in numbers])


@pytest.fixture
def drawing(monkeypatch):
    made = MadeUpDrawing()
    monkeypatch.setattr(material, "generated_embeddings", made.embeddings)
    return made


def silent(done, total):
    pass


def test_faces_are_drawn_once_and_an_interrupted_call_goes_on(drawing, tmp_path):
    def interrupting(done, total):
        if done >= 300:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        generated_material(tmp_path, drawing, "sface", FACES, interrupting)
    whole = generated_material(tmp_path, drawing, "sface", FACES, silent)
    assert whole.embeddings[:, 0].tolist() == list(range(450))
    assert drawn_twice(drawing.drawn) < 150
    before = len(drawing.drawn)
    again = generated_material(tmp_path, drawing, "sface", 100, silent)
    assert torch.equal(again.embeddings, whole.embeddings[:100])
    assert len(drawing.drawn) == before
    assert "100 generated faces" in again.words
    (kept,) = tmp_path.iterdir()
    assert kept.stat().st_mode & 0o077 == 0, "faces are their owner's alone"


def drawn_twice(numbers):
    return len(numbers) - len(set(numbers))


def test_a_corpus_gives_the_faces_that_probes_learn_from(drawing, tmp_path):
    corpus, data = write_corpus(tmp_path / "corpus")
    found = generated_material(corpus.folder, drawing, "sface", FACES, silent)
    learnt = torch.cat([data.split[:300] == 0, torch.ones(100, dtype=torch.bool)])
    assert torch.equal(found.embeddings, data.first["made-up"][learnt])
    assert not drawing.drawn
    assert "corpus seed" in found.words
    with pytest.raises(UserError, match="no generated faces with embeddings of dlib-resnet"):
        generated_material(corpus.folder, drawing, "dlib-resnet", FACES, silent)
    with pytest.raises(UserError, match="holds no photographs with embeddings"):
        photographed(Judging(), corpus.folder, "sface", torch.zeros(0, 128), tmp_path, silent)


class Judging:
    """Knows a threshold; what is nearer passes as the same person."""

    def calibration(self, encoder):
        return SimpleNamespace(measure="cosine", passes=lambda score: score >= 0.5)


def test_whoever_passes_as_a_person_that_judges_is_left_out(monkeypatch, tmp_path):
    seen = material.Photographed(
        F.normalize(torch.randn(6, 8, generator=torch.Generator().manual_seed(0))), torch.arange(6)
    )
    monkeypatch.setattr(material, "_embedded", lambda *others: seen)
    judges = 3 * seen.embeddings[[2, 4]]
    scores = F.normalize(judges) @ seen.embeddings.T
    kept = photographed(Judging(), tmp_path, "sface", judges, tmp_path, silent)
    assert kept.people.tolist() == [row for row in range(6) if scores[:, row].max() < 0.5]
    assert not {2, 4} & set(kept.people.tolist())
    with pytest.raises(UserError, match="nobody but people that judge"):
        photographed(Judging(), tmp_path, "sface", seen.embeddings, tmp_path, silent)


@pytest.fixture
def folder(tmp_path):
    """Ada twice, in a folder of hers, and somebody beside it."""
    place = tmp_path / "mine"
    for inside, name in (
        ("ada/1.jpg", "synthetic-p002.jpg"),
        ("ada/2.jpg", "synthetic-p009.jpg"),
        ("alone.jpg", "synthetic-p005.jpg"),
    ):
        (place / inside).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(PICTURES / name, place / inside)
    return place


def test_a_folder_is_a_person_and_a_photograph_beside_it_is_another(folder, tmp_path):
    assert [(one.person, one.name) for one in photographs_of(folder).photographs] == [
        ("alone.jpg", "alone.jpg"),
        ("ada", "1.jpg"),
        ("ada", "2.jpg"),
    ]
    with pytest.raises(UserError, match="there is no folder"):
        photographs_of(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match="holds no photographs"):
        photographs_of(tmp_path / "empty")


@pytest.mark.slow
def test_photographs_are_embedded_once_for_as_long_as_they_stay(folder, networks, tmp_path, monkeypatch):
    nobody = torch.zeros(0, 128)
    first = photographed(networks, folder, "sface", nobody, tmp_path, silent)
    assert first.people.tolist() == [0, 1, 1]
    monkeypatch.setattr(material, "embed_set", lambda *others: pytest.fail("they were embedded before"))
    again = photographed(networks, folder, "sface", nobody, tmp_path, silent)
    assert torch.equal(again.embeddings, first.embeddings)
    (folder / "alone.jpg").unlink()
    monkeypatch.undo()
    assert len(photographed(networks, folder, "sface", nobody, tmp_path, silent).people) == 2
