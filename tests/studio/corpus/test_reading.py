"""A corpus's shards come back as one dataset, edits and repeated labels in their places."""

import pytest
import torch

from explorer.science.training.corpus import SPLITS, CorpusRecipe
from explorer.studio.corpus.reading import read_dataset, read_judged
from explorer.studio.corpus.shards import begin
from explorer.studio.errors import UserError
from tests.studio.corpus.corpus_kit import write_corpus


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    return write_corpus(tmp_path_factory.mktemp("corpus") / "c")


def test_every_face_comes_back_in_order(written):
    corpus, data = written
    found = read_dataset(corpus)
    assert len(found) == 400
    assert torch.equal(found.first["sface"], data.first["made-up"])
    assert torch.equal(found.w, data.w)
    assert set(found.first) == {"sface"}
    assert torch.equal(found.labels["age"], data.labels["age"])
    assert found.edited.nonzero()[:, 0].tolist() == list(range(300, 400))
    assert (found.single == (torch.arange(400) % 3 != 0)).all()


def test_edits_are_only_learnt_from(written):
    found = read_dataset(written[0])
    for split in ("calibration", "test"):
        assert not found.edited[found.rows(split)].any()


def test_the_judged_split_has_its_faces_and_what_was_labelled_twice(written):
    corpus, data = written
    judged = read_judged(corpus)
    rows = (data.split[:300] == SPLITS.index("test")).nonzero()[:, 0]
    assert torch.equal(judged.embeddings["sface"], data.first["made-up"][rows])
    assert torch.equal(judged.truths["age"].values, data.labels["age"][rows])
    # A label that was repeated here is the same label: what the image says of a row is the truth of that row.
    image, truth = judged.from_image["age"], judged.truths["age"]
    assert len(image.rows) > 0
    assert torch.equal(image.values, truth.values[image.rows])
    assert "histogram" not in judged.from_image


def test_an_empty_corpus_is_refused_with_what_to_do(tmp_path):
    corpus = begin(tmp_path / "c", CorpusRecipe())
    with pytest.raises(UserError, match="likeness train corpus"):
        read_dataset(corpus)
