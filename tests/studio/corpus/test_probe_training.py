"""Training probes from a corpus folder: it resumes, and what is kept is what is used."""

from dataclasses import replace

import pytest
import torch

from explorer.science.evaluation.leakage import JudgedSet
from explorer.science.training import probes as recipes
from explorer.science.training.probes import ProbeRecipe
from explorer.studio.corpus import probe_training as probe_making
from explorer.studio.corpus.probe_card import probe_card
from explorer.studio.corpus.probe_training import judged_on, train_encoder, work_folder
from explorer.studio.corpus.reading import corpus_words, read_dataset, read_judged
from tests.studio.corpus.corpus_kit import write_corpus


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return write_corpus(tmp_path_factory.mktemp("corpus") / "c")[0]


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    whole = recipes._default
    monkeypatch.setattr(
        recipes, "_default", lambda kind: {"linear": replace(whole(kind)["linear"], epochs=3, batch=64)}
    )


def test_an_interrupted_training_goes_on_behind_the_last_finished_probe(corpus, monkeypatch):
    data, recipe = read_dataset(corpus), ProbeRecipe()
    work = work_folder(corpus, data, recipe)
    running = train_encoder(work, data, "sface", recipe)
    first = [next(running).spec.name, next(running).spec.name]
    running.close()
    made = []
    train = probe_making.train_probe

    def noted(data, encoder, spec, *others):
        made.append(spec.name)
        return train(data, encoder, spec, *others)

    monkeypatch.setattr(probe_making, "train_probe", noted)
    every = [fitted.spec.name for fitted in train_encoder(work, data, "sface", recipe)]
    assert every == first + made


def test_a_half_written_probe_is_made_again(corpus):
    data, recipe = read_dataset(corpus), ProbeRecipe(seed=7)
    work = work_folder(corpus, data, recipe)
    whole = next(train_encoder(work, data, "sface", recipe))
    file = work / f"sface-{whole.spec.name}.safetensors"
    file.write_bytes(file.read_bytes()[:1000])
    again = next(train_encoder(work, data, "sface", recipe))
    assert again.record == whole.record
    embeddings = torch.randn(4, 128)
    assert torch.equal(again.answers(embeddings), whole.answers(embeddings))


def test_another_corpus_or_seed_has_its_own_folder(corpus):
    data = read_dataset(corpus)
    grown = replace(data, base=torch.cat([data.base, data.base]))
    folders = [
        work_folder(corpus, data, ProbeRecipe()),
        work_folder(corpus, data, ProbeRecipe(seed=2)),
        work_folder(corpus, data, ProbeRecipe("thesis")),
        work_folder(corpus, grown, ProbeRecipe()),
    ]
    assert len(set(folders)) == 4


def test_records_and_card_say_what_was_reached_on_photographs(corpus):
    data, recipe = read_dataset(corpus), ProbeRecipe()
    made = {one.spec.name: one for one in train_encoder(work_folder(corpus, data, recipe), data, "sface", recipe)}
    judged = read_judged(corpus)
    partial = JudgedSet("p", judged.embeddings, {"age": judged.truths["age"]}, {})
    found = judged_on(partial, "sface", made)
    # The test split was measured before the weights were rounded for the file.
    (reached,), (tested,) = found["age"].record.portraits, made["age"].record.test
    assert reached.value == pytest.approx(tested.value, rel=0.02)
    assert reached.chance == tested.chance
    assert found["yaw"].record.portraits == ()
    card = probe_card("sface", found, {}, corpus_words(corpus, 7, 3), 61)
    age = next(line for line in card.splitlines() if line.startswith("| Age"))
    assert f"{tested.value:.2f} years" in age
    assert f"{reached.value:.2f} years" in age
    assert "not measured" in card
    assert f"7 generated faces, 3 of them edits, corpus seed {corpus.recipe['seed']}; no photograph" in card
