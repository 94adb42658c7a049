"""The recipe of the probes on a made-up corpus: what it learns, that it repeats, what it leaves alone."""

from dataclasses import replace

import pytest
import torch

from explorer.science.leakage.probes import PROBES
from explorer.science.training import probes as recipes
from explorer.science.training.probes import ProbeRecipe, fit, train_probe
from tests.science.leakage_kit import made_up_corpus


@pytest.fixture(scope="module")
def corpus():
    return made_up_corpus()


@pytest.fixture(autouse=True)
def short(monkeypatch):
    """Fewer epochs: the made-up corpus is easy."""
    whole = recipes._default
    monkeypatch.setattr(
        recipes,
        "_default",
        lambda kind: {name: replace(one, epochs=12, batch=32) for name, one in whole(kind).items()},
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", PROBES)
def test_what_an_embedding_says_is_learnt(corpus, name):
    fitted = train_probe(corpus, "made-up", PROBES[name], ProbeRecipe())
    main = fitted.record.test[0]
    assert main.faces == 120
    if PROBES[name].classes:
        assert main.low > main.chance
    else:
        assert main.high < main.chance


@pytest.mark.slow
def test_pure_noise_is_not_learnt(corpus):
    noise = replace(corpus, first={"made-up": torch.randn(600, 16)}, second={})
    main = train_probe(noise, "made-up", PROBES["smiling"], ProbeRecipe()).record.test[0]
    assert main.low < 0.5 < main.high


@pytest.mark.slow
def test_a_training_repeats_to_the_last_bit(corpus):
    once, again = (train_probe(corpus, "made-up", PROBES["yaw"], ProbeRecipe()) for _ in range(2))
    assert once.record == again.record
    for one, other in zip(once.probe.state_dict().values(), again.probe.state_dict().values(), strict=True):
        assert torch.equal(one, other)


def test_test_and_calibration_faces_do_not_touch_the_network(corpus):
    settings = ProbeRecipe().candidates("binary")["linear"]
    spec = PROBES["smiling"]
    targets = spec.target(corpus.labels["smile"])
    held = torch.cat([corpus.rows("test"), corpus.rows("calibration")])
    spoilt = corpus.first["made-up"].clone()
    spoilt[held] = 1e3
    other = replace(corpus, first={"made-up": spoilt})
    one = fit(corpus, "made-up", spec, targets, settings, 1)[0]
    two = fit(other, "made-up", spec, targets, settings, 1)[0]
    assert torch.equal(one.layers[0].weight, two.layers[0].weight)


def test_edits_of_a_validation_face_are_not_learnt_from(corpus):
    edited = replace(corpus, edited=torch.arange(600) % 2 == 1, base=torch.arange(600) // 2)
    train, validation = edited.train_val_indices()
    assert not edited.edited[validation].any()
    assert not set(edited.base[train].tolist()) & set(edited.base[validation].tolist())


def test_the_thesiss_preset_is_the_thesiss():
    candidates = {
        kind: ProbeRecipe("thesis").candidates(kind)["thesis"] for kind in ("binary", "landmarks", "histogram")
    }
    assert [(one.optimiser, one.rate, one.epochs) for one in candidates.values()] == [
        ("adam", 1e-3, 20),
        ("sgd", 1e-3, 150),
        ("adam", 1e-6, 20),
    ]
    assert candidates["landmarks"].batch == 16
    assert candidates["histogram"].batch == 32
    assert candidates["binary"].architecture.hidden == (256, 256, 256)


def test_a_corpus_without_what_is_needed_is_refused(corpus):
    with pytest.raises(ValueError, match="no embeddings of sface"):
        train_probe(corpus, "sface", PROBES["age"], ProbeRecipe())
    tiny = made_up_corpus(faces=4)
    with pytest.raises(ValueError, match="too small"):
        train_probe(tiny, "made-up", PROBES["age"], ProbeRecipe())


def test_what_differs_within_people_is_shrunk_where_generated_faces_bear_it():
    data = made_up_corpus()
    recipe = ProbeRecipe()
    spec = PROBES["eyeglasses"]
    dimension = data.first["made-up"].shape[1]
    nothing = torch.eye(dimension, dtype=torch.float64)[:1].T @ torch.eye(dimension, dtype=torch.float64)[:1]
    plain, shrunk = (train_probe(data, "made-up", spec, recipe, differing=one) for one in (None, nothing))
    assert "shrunk" not in plain.record.candidate
    assert shrunk.record.candidate.endswith(" shrunk")
    assert shrunk.record.test[0].value > plain.record.test[0].value - 0.1
    assert "shrunk" not in train_probe(data, "made-up", PROBES["hat"], recipe, differing=nothing).record.candidate
