"""A planted attribute is taken out of embeddings: fresh probes are at chance, and who it is stays."""

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F

from explorer.science.laboratory.modification import Disentangler, ModificationError, variants
from explorer.science.laboratory.modifier import Modifier, ModifierRecord, decode_modifier, encode_modifier
from explorer.science.leakage.probes import PROBES
from explorer.science.training.fresh_probes import erased_until, fresh_probes, without
from explorer.science.training.modification import (
    AttributeFaces,
    ModificationRecipe,
    apart,
    attributes,
    classes_of,
    faces_of,
    gathered,
    train_modification,
)
from tests.science.leakage_kit import made_up_corpus

SIZE = 24
SMALL = ModificationRecipe(hidden=48, dependent=4, epochs=24, batch=128, rate=3e-3)


def planted(faces=1000, strength=0.6, seed=0):
    """Faces of two classes that one direction tells; (N, D) who they are besides."""
    random = torch.Generator().manual_seed(seed)
    way = F.normalize(torch.randn(SIZE, generator=torch.Generator().manual_seed(9)), dim=0)
    identity = torch.randn(faces, SIZE, generator=random) / SIZE**0.5
    identity = identity - (identity @ way)[:, None] * way
    of = torch.arange(faces) // 4 % 2
    embeddings = identity + strength * (2 * of[:, None] - 1) * way
    return AttributeFaces(embeddings, of, torch.arange(faces), ("no", "yes")), F.normalize(identity, dim=-1)


def halves(faces, identity):
    rows = torch.arange(len(faces.base))
    return faces.only(rows[rows % 4 > 0]), faces.only(rows[rows % 4 == 0]), identity[rows % 4 == 0]


@pytest.fixture(scope="module")
def trained():
    learnt, test, identity = halves(*planted())
    states = list(train_modification(learnt, SMALL))
    return states, learnt, test, identity


@pytest.mark.slow
def test_a_planted_attribute_is_gone_and_identity_stays(trained):
    states, learnt, test, identity = trained
    model = states[-1].model.eval()
    before = fresh_probes(learnt, test, epochs=4)
    after = fresh_probes(without(learnt, model), without(test, model), epochs=4)
    assert before.best.value > 0.95
    assert after.best.low < 0.5 < after.best.high or after.best.value < 0.6
    handed = F.normalize(without(test, model).embeddings, dim=-1)
    assert float((handed * identity).sum(-1).mean()) > 0.95


@pytest.mark.slow
def test_directions_take_it_out_as_well(trained):
    _, learnt, test, identity = trained
    eraser = erased_until(learnt, test, enough=0.6, counts=(1, 2), epochs=3)
    assert eraser.removed == 1
    after = fresh_probes(without(learnt, eraser), without(test, eraser), epochs=4)
    assert after.best.value < 0.6
    assert float((without(test, eraser).embeddings * identity).sum(-1).mean()) > 0.95


@pytest.mark.slow
def test_the_loss_falls_and_the_dependent_part_tells_the_class(trained):
    states, _, test, _ = trained
    assert [state.made for state in states] == list(range(1, 25))
    assert states[-1].losses["attribute"] < 0.5 * states[0].losses["attribute"]
    model = states[-1].model.eval()
    with torch.no_grad():
        told = model.told(model.parts(test.embeddings).dependent).argmax(-1)
    assert (told == test.classes).float().mean() > 0.95


@pytest.mark.slow
def test_swapped_parts_make_it_the_class_that_is_asked_for(trained):
    states, learnt, test, identity = trained
    model = states[-1].model.eval()
    made = variants(model, test.embeddings, ("no", "yes"))
    assert list(made) == [
        "as taken apart",
        *(f"{part} part: {name}" for part in ("dependent", "independent") for name in ("no", "yes", "overall")),
    ]
    means = [learnt.embeddings[learnt.classes == one].mean(0) for one in (0, 1)]
    way = F.normalize(means[1] - means[0], dim=0)
    yes, no = made["dependent part: yes"] @ way, made["dependent part: no"] @ way
    assert (yes > no).float().mean() > 0.95
    # Without its independent part a face is nobody in particular.
    assert (made["independent part: overall"] * identity).sum(-1).mean() < 0.5


@pytest.mark.slow
def test_a_training_goes_on_from_its_checkpoint_to_the_same_network(tmp_path):
    learnt, _, _ = halves(*planted(faces=200))
    recipe = replace(SMALL, epochs=3)
    *_, whole = train_modification(learnt, recipe)
    going = train_modification(learnt, recipe, tmp_path / "kept.pt")
    next(going)
    *_, resumed = train_modification(learnt, recipe, tmp_path / "kept.pt")
    *_, ended = train_modification(learnt, recipe, tmp_path / "kept.pt")
    for one, other, last in zip(*(state.model.state_dict().values() for state in (whole, resumed, ended)), strict=True):
        assert torch.equal(one, other)
        assert torch.equal(one, last)


def test_a_new_network_hands_embeddings_through():
    faces, _ = planted(faces=20)
    model = Disentangler(SIZE, 2)
    model.take_means(faces.embeddings, faces.classes)
    handed = model(faces.embeddings)
    assert torch.allclose(F.normalize(handed, dim=-1), F.normalize(faces.embeddings, dim=-1), atol=1e-6)
    assert handed.norm(dim=-1).detach() == pytest.approx(float(faces.embeddings.norm(dim=-1).mean()))
    with pytest.raises(ModificationError, match="there is no 2"):
        model.swapped(faces.embeddings, "dependent", 2)


def test_what_is_alike_lies_not_apart_and_what_is_moved_does():
    values = torch.randn(400, 6, generator=torch.Generator().manual_seed(0))
    of = torch.arange(400) % 2
    assert float(apart(values, of)) < 0.3
    assert float(apart(values + 3 * of[:, None], of)) > 1


def test_mixed_neighbours_are_gathered_by_nobody():
    random = torch.Generator().manual_seed(0)
    one = F.normalize(torch.randn(64, 16, generator=random), dim=-1)
    of = torch.arange(64) % 2
    assert float(gathered(one, of)) < 1.0
    parted = F.normalize(one + 5 * of[:, None] - 2.5, dim=-1)
    assert float(gathered(parted, of)) > 3.0
    same = torch.ones(10, 4) / 2
    assert float(gathered(same, torch.arange(10) % 2)) == pytest.approx(0.0062, abs=0.001)


def test_probes_are_judged_on_other_people():
    faces, _ = planted(faces=60)
    with pytest.raises(ModificationError, match="60 people are on both sides"):
        fresh_probes(faces, faces)
    with pytest.raises(ModificationError, match="all people of the test are no"):
        fresh_probes(faces.only(torch.arange(40)), faces.only(torch.arange(40, 44)))
    few = faces.only(torch.arange(3))
    with pytest.raises(ModificationError, match="too few people"):
        fresh_probes(few, faces.only(torch.arange(10, 20)))


def test_attributes_of_the_corpus_become_classes():
    corpus = made_up_corpus()
    rows = corpus.rows("test")
    gender = faces_of(corpus, "made-up", "gender", rows)
    assert gender.names == ("female", "male")
    assert torch.equal(gender.classes, PROBES["gender"].target(corpus.labels["male"])[rows].long())
    both = faces_of(corpus, "made-up", "gender", rows, both=True)
    assert torch.equal(both.embeddings[len(rows) :], corpus.second["made-up"][rows])
    of, names = classes_of(PROBES["age"], corpus.labels["age"])
    assert abs(float(of.float().mean()) - 0.5) < 0.01
    assert names[0].startswith("up to 3")
    assert "landmarks" not in attributes()
    with pytest.raises(ModificationError, match="no attribute 'landmarks'"):
        faces_of(corpus, "made-up", "landmarks", rows)
    with pytest.raises(ModificationError, match="no embeddings of sface"):
        faces_of(corpus, "sface", "gender", rows)


def test_a_class_with_hardly_a_face_is_refused():
    faces, _ = planted(faces=60)
    with pytest.raises(ModificationError, match="hardly any face is yes"):
        next(train_modification(replace(faces, classes=torch.zeros(60, dtype=torch.int64)), SMALL))


def test_a_modifier_comes_back_from_its_file_and_refuses_what_is_none():
    faces, _ = planted(faces=40)
    model = Disentangler(SIZE, 2, 4, 16)
    model.take_means(faces.embeddings, faces.classes)
    eraser = erased_until(*halves(*planted(faces=200))[:2], enough=1.0, counts=(1,), epochs=1)
    record = ModifierRecord(
        encoder="sface", attribute="gender", classes=("no", "yes"), dimension=SIZE, dependent=4, hidden=16,
        directions=1, trained_on=40,
    )  # fmt: skip
    modifier = Modifier(model.eval().requires_grad_(False), eraser, record)
    data = encode_modifier(modifier)
    again = decode_modifier(data, "m.safetensors")
    assert again.record == record
    assert torch.allclose(again(faces.embeddings, "linear"), modifier(faces.embeddings, "linear"), atol=1e-3)
    assert torch.allclose(again(faces.embeddings), modifier(faces.embeddings), atol=1e-2)
    for damaged in (data[:-200], b"", data.replace(b"likeness-modifier/1", b"likeness-modifier/9")):
        with pytest.raises(ModificationError, match=r"m\.safetensors"):
            decode_modifier(damaged, "m.safetensors")
    with pytest.raises(ModificationError, match="have 24 numbers, not 8"):
        modifier(torch.ones(2, 8))
    with pytest.raises(ModificationError, match="zero"):
        modifier(torch.zeros(2, SIZE))
