"""Translators learn handles by each of the report's models, go on where they stopped, and move what a step is for."""

import pytest
import torch
import torch.nn.functional as F

from explorer.science.evaluation.sorted_ranking import auc_of_people
from explorer.science.training.attribute_classifier import train_classifier
from explorer.science.training.corpus import Latents, styles_of
from explorer.science.training.translator import (
    EDITS,
    PICTURES,
    Teaching,
    TranslatorNetworks,
    _Steps,
    elements_of,
    first_directions,
    inverse_error,
    train_translator,
)
from explorer.science.translation.attributes import LabelledStyles, balanced_rows
from explorer.science.translation.classifier import (
    AttributeClassifier,
    ClassifierFileError,
    ClassifierRecord,
    balanced_accuracy,
    decode_classifier,
    encode_classifier,
)
from explorer.science.translation.discriminator import Discriminator, gradient_penalty
from explorer.science.translation.network import Translator, with_handles
from explorer.science.translation.record import (
    TranslatorFileError,
    TranslatorRecord,
    decode_translator,
    encode_translator,
)
from explorer.science.translation.settings import ClassifierSettings
from tests.science.translation.world import ELEMENTS, LAYERS, SIDE, SMALL, WIDTH, draw, faces, teaching


def trained(folder, settings, **more):
    return list(train_translator(teaching(), settings, "world", folder / "translator.pt", **more))[-1]


def same(one, other):
    return all(torch.equal(a, b) for a, b in zip(one.state_dict().values(), other.state_dict().values(), strict=True))


def test_by_labels_alone_elements_come_to_tell_classes_of_unseen_faces(tmp_path):
    settings = SMALL.model_copy(update={"model": "figure-3", "steps": 20, "settling": 0, "labelled": 64})
    translator = trained(tmp_path, settings).networks.translator
    unseen = faces(seed=9)
    for name, values in elements_of(translator, unseen, list(ELEMENTS), ELEMENTS).items():
        truth = (unseen.classes[name] > 0).long().numpy()
        assert auc_of_people(values.double().numpy(), truth).value > 0.9, name
    assert inverse_error(translator, unseen.styles(torch.arange(20))) < 1e-5


@pytest.mark.parametrize(("model", "terms"), [
    ("figure-4", {"classifier", "discriminator", "identity", "adversary"}),
    ("figure-5", {"classifier", "discriminator", "identity", "adversary", "encoder"}),
])  # fmt: skip
def test_a_training_that_stops_goes_on_as_if_it_had_not(model, terms, tmp_path, monkeypatch):
    monkeypatch.setattr("explorer.science.training.translator._CHECKPOINT", 1)
    settings = SMALL.model_copy(update={"model": model})
    whole = trained(tmp_path / "whole", settings)
    assert terms <= whole.losses.keys()
    assert ("encoder" in whole.losses) == ("encoder" in terms)
    assert trained(tmp_path / "twice", settings, out_of_time=lambda: True).made < settings.all_steps
    again = trained(tmp_path / "twice", settings)
    assert again.made == settings.all_steps
    assert same(again.networks, whole.networks)
    with pytest.raises(Exception, match="another recipe"):
        trained(tmp_path / "twice", settings.model_copy(update={"seed": 2}))


def test_each_part_of_a_step_moves_what_it_is_for():
    given = teaching()
    networks, steps = TranslatorNetworks(given, SMALL), _Steps(given, SMALL)
    torch.manual_seed(1)
    seen = []
    for kind, batch in steps.batches(SMALL.settling):
        networks.zero_grad()
        steps.losses(networks, (kind, batch))["loss"].backward()
        moved = {name.split(".")[0] for name, one in networks.named_parameters() if one.grad is not None}
        seen.append((kind, moved))
    assert seen == [(EDITS, {"translator"}), (PICTURES, {"discriminator"})]


def test_a_frozen_discriminator_learns_no_more_and_random_vectors_take_no_faces(tmp_path):
    settings = SMALL.model_copy(update={"frozen_after": 0, "vectors": "normal"})
    networks = trained(tmp_path, settings).networks
    assert same(networks.discriminator, TranslatorNetworks(teaching(), settings).discriminator)
    assert not same(networks.translator, TranslatorNetworks(teaching(), settings).translator)
    assert "identity" not in trained(tmp_path / "other", settings).losses


def test_elements_begin_as_directions_that_tell_the_classes_or_as_coordinates():
    given, some = teaching(), faces(100, seed=4)
    styles = some.w[:, None].expand(-1, LAYERS, -1)
    begun = TranslatorNetworks(given, SMALL).translator
    directions, _, _ = first_directions(given)
    assert torch.allclose(directions @ directions.T, torch.eye(2), atol=1e-5)
    structured = begun(styles)
    for place, name in enumerate(ELEMENTS):
        values = structured[..., place].mean(1).detach()
        means = [values[some.classes[name] == sign].mean() for sign in (-1, 1)]
        assert means == pytest.approx([-1, 1], abs=0.25), name
    moved = begun.inverse(with_handles(structured, ELEMENTS, {"smiling": 4.0})) - styles
    along = F.normalize(moved[:, 0], dim=1) @ directions[0]
    assert along.abs().min() > 0.999, "an edit is at first a move along the direction"
    plain = TranslatorNetworks(given, SMALL.model_copy(update={"begins": "coordinates"})).translator
    assert torch.allclose(plain(styles), styles)
    with pytest.raises(ValueError, match="right angles"):
        begun.begin_with(torch.ones(2, WIDTH), torch.zeros(2), torch.ones(2))


def test_what_draws_needs_a_classifier(tmp_path):
    bare = Teaching(faces(), ELEMENTS, torch.zeros(WIDTH), torch.ones(WIDTH), draw)
    with pytest.raises(ValueError, match="needs a classifier"):
        next(train_translator(bare, SMALL, "world", tmp_path / "translator.pt"))


def test_styles_are_those_of_the_corpus():
    some = faces(6)
    wide = LabelledStyles(torch.randn(2, 512), torch.randn(2, 512), torch.tensor([0, 5]), 23, torch.zeros(2), {})
    for row, crossover in enumerate([0, 5]):
        latents = Latents(wide.w[row], wide.w[row], wide.other[row] if crossover else None)
        assert torch.equal(wide.styles(torch.tensor([row])), styles_of(latents, crossover))
    assert len(some.only(1)) == 2
    assert torch.equal(some.only(1).w, some.w[[1, 4]])


def test_rare_classes_are_seen_as_often_as_others():
    signs = torch.full((1000, 2), -1.0)
    signs[0, 0], signs[:500, 1] = 1.0, 1.0
    torch.manual_seed(0)
    rows = balanced_rows(signs, 400)
    of_first = rows[0::2]
    assert 70 < int((signs[of_first, 0] > 0).sum()) < 130
    one_class = balanced_rows(torch.ones(3, 1), 10)
    assert set(one_class.tolist()) <= {0, 1, 2}


def test_the_gradient_penalty_is_the_squared_length_of_the_slope():
    slope = torch.randn(3 * 16, generator=torch.Generator().manual_seed(0))
    linear = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(48, 1))
    linear[1].weight.data.copy_(slope[None])
    assert gradient_penalty(linear, torch.rand(5, 3, 4, 4)).item() == pytest.approx(
        float(slope.square().sum()), rel=1e-5
    )
    assert Discriminator(SIDE)(torch.rand(2, 3, SIDE, SIDE)).shape == (2, 1)


def record(**more):
    about = {"settings": SMALL, "generator": "world", "layers": LAYERS, "width": WIDTH, "elements": ELEMENTS}
    return TranslatorRecord(**about | {"classes": dict.fromkeys(ELEMENTS, ("no", "yes"))} | more)


def test_a_file_gives_the_translator_back_and_damaged_ones_are_refused():
    translator = Translator(torch.randn(WIDTH), torch.rand(WIDTH) + 0.5, LAYERS, 2, 8, seed=7, turned=2)
    translator.requires_grad_(False)
    for one in translator.parameters():
        one.add_(0.1 * torch.randn(one.shape, generator=torch.Generator().manual_seed(1)))
    data = encode_translator(translator, record())
    again, told = decode_translator(data)
    styles = torch.randn(4, LAYERS, WIDTH)
    assert told == record()
    assert torch.allclose(again(styles), translator(styles), atol=0.02)
    assert torch.allclose(again.inverse(again(styles)), styles, atol=1e-4)
    for wrong in (b"", data[:200], data[:-20], encode_classifier(AttributeClassifier(1, 32), of_classifier())):
        with pytest.raises(TranslatorFileError):
            decode_translator(wrong)
    larger = record(settings=SMALL.model_copy(update={"hidden": 4096}))
    with pytest.raises(TranslatorFileError):
        decode_translator(encode_translator(translator, larger))
    for wrong in (
        {"elements": {"smiling": 0, "gender": 0}},
        {"elements": {"smiling": 0, "gender": 99}},
        {"classes": {}},
    ):
        with pytest.raises(ValueError, match=r"element"):
            record(**wrong)


def of_classifier():
    return ClassifierRecord(settings=ClassifierSettings(seen=32, epochs=1, batch=8), attributes=("smiling",))


class Lit:
    """Pictures that are light or dark."""

    signs = torch.tensor([[1.0], [-1.0]] * 8)

    def pictures(self, rows):
        return (0.5 + 0.3 * self.signs[rows, 0])[:, None, None, None].expand(-1, 3, 32, 32).clone()


def test_a_classifier_learns_goes_on_and_is_kept(tmp_path):
    settings = of_classifier().settings.model_copy(update={"epochs": 2})
    states = list(train_classifier(Lit(), settings, "lit", tmp_path / "classifier.pt"))
    assert [one.epoch for one in states] == [1, 2]
    assert states[-1].losses["loss"] > 0
    (again,) = train_classifier(Lit(), settings, "lit", tmp_path / "classifier.pt")
    assert (again.epoch, again.losses) == (2, {})
    assert same(again.classifier, states[-1].classifier)
    classifier = states[-1].classifier.eval()
    back, told = decode_classifier(encode_classifier(classifier, of_classifier()))
    pictures = Lit().pictures(torch.arange(4))
    assert torch.allclose(back(pictures), classifier(pictures), atol=0.1)
    assert told == of_classifier()
    with pytest.raises(ClassifierFileError):
        decode_classifier(b"none")


def test_accuracy_counts_both_classes_alike():
    answers, signs = torch.tensor([[1.0], [1.0], [1.0], [-1.0]]), torch.tensor([[1.0], [1.0], [-1.0], [-1.0]])
    assert balanced_accuracy(answers, signs, ["smiling"]) == {"smiling": 0.75}
    assert balanced_accuracy(answers, torch.ones(4, 1), ["smiling"]) == {}
