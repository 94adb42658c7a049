"""Debiasing an encoder: each step trains what it is for and nothing else, and a leak that can be closed is closed."""

from copy import deepcopy

import pytest
import torch
import torch.nn.functional as F

from explorer.science.debiasing.faces import DebiasingError
from explorer.science.debiasing.settings import DebiasingSettings
from explorer.science.networks.fine_tuning import FineTuningError, changed, changes_of, graph_of, trainable, weights_of
from explorer.science.training import debiasing as training
from explorer.science.training.debiasing import (
    ADVERSARIES,
    AGAINST,
    BOTH,
    PEOPLE,
    DebiasingNetworks,
    debiasing_losses,
    embeddings_of,
    train_debiased,
)
from explorer.science.training.loop import Optimiser, Plan, TrainingError, TrainingLoop
from tests.science.debiasing import toy

SMALL = DebiasingSettings(
    layers=2, width=8, batch=32, epochs=2, pretraining=2, mirrored=False, scale=16.0, margin=0.2, rate=1e-2
)


@pytest.fixture
def faces():
    return toy.faces()


def run(faces, settings, folder, rounds=None):
    """The states of a training and its networks; stopped after some rounds where they are given."""
    made = []

    def over():
        return rounds is not None and len(made) + 1 >= rounds

    for state in train_debiased(toy.body(), faces, settings, folder, out_of_time=over):
        made.append((state.stage, state.made, dict(state.losses)))
    return made, state.networks


def networks_of(faces, settings=SMALL):
    torch.manual_seed(1)
    body = toy.body()
    return DebiasingNetworks(body, faces, embeddings_of(body, faces), settings)


def batch_for(part, faces, body):
    seen = embeddings_of(body, faces) if part == ADVERSARIES else faces.seen()
    return part, seen, faces.people, torch.stack(list(faces.classes.values()), 1), embeddings_of(body, faces)


@pytest.mark.parametrize("part", [ADVERSARIES, AGAINST, PEOPLE, BOTH])
def test_a_step_leaves_untouched_what_it_does_not_train(faces, part):
    networks = networks_of(faces)
    before = deepcopy(networks.state_dict())
    optimiser = torch.optim.SGD(networks.parameters(), 0.1, momentum=0.9, weight_decay=0.1)
    debiasing_losses(networks, batch_for(part, faces, toy.body()), SMALL)["loss"].backward()
    optimiser.step()
    moved = {
        name.split(".")[0] for name, values in networks.state_dict().items() if not torch.equal(values, before[name])
    }
    trained = {
        ADVERSARIES: {"adversaries"}, AGAINST: {"backbone"},
        PEOPLE: {"backbone", "classifier"}, BOTH: {"backbone", "classifier"},
    }  # fmt: skip
    assert moved == trained[part]


def test_one_update_by_eq_3_5_is_the_sum_of_both_steps(faces):
    settings = SMALL.model_copy(update={"adversarial": 3.0, "keep": 0.0, "moments": 0.5})
    networks = networks_of(faces, settings)
    losses = {
        part: debiasing_losses(networks, batch_for(part, faces, toy.body()), settings)
        for part in (AGAINST, PEOPLE, BOTH)
    }
    torch.testing.assert_close(losses[BOTH]["loss"], losses[AGAINST]["loss"] + losses[PEOPLE]["loss"])
    expected = losses[BOTH]["people"] + 3 * losses[BOTH]["adversarial"] + 0.5 * losses[BOTH]["moments"]
    torch.testing.assert_close(losses[BOTH]["loss"], expected)


def test_the_classifier_begins_at_peoples_means(faces):
    networks = networks_of(faces)
    directions = F.normalize(embeddings_of(toy.body(), faces))
    mean = F.normalize(directions[faces.people == 3].mean(0), dim=0)
    torch.testing.assert_close(networks.classifier.directions[3].detach(), mean)


def test_an_interrupted_training_ends_as_if_it_had_not_stopped(faces, tmp_path, monkeypatch):
    monkeypatch.setattr(training, "_STEPS", 1)
    monkeypatch.setattr(training, "_KEPT", 1)
    settings = SMALL.model_copy(update={"order": "separate", "moments": 0.1, "mirrored": True})
    made, whole = run(faces, settings, tmp_path / "whole")
    assert [(name, count) for name, count, _ in made] == [
        *(("pretraining", count) for count in range(1, 7)), *(("debiasing", count) for count in range(1, 7)),
    ]  # fmt: skip
    run(faces, settings, tmp_path / "parts", rounds=9)
    again, parts = run(faces, settings, tmp_path / "parts")
    assert again[0] == ("pretraining", 6, {})
    assert all(torch.equal(values, parts.state_dict()[name]) for name, values in whole.state_dict().items())
    with pytest.raises(TrainingError, match="another recipe"):
        run(faces[torch.arange(90)], settings, tmp_path / "parts")


def test_a_leak_of_one_coordinate_is_closed_and_people_are_told_as_before(faces, tmp_path):
    changes = {"epochs": 80, "pretraining": 10, "layers": 1, "batch": 96, "rate": 3e-2, "adversary_rate": 1e-2}
    settings = SMALL.model_copy(update=changes)
    _, networks = run(faces, settings, tmp_path)
    unseen = toy.faces(people=20, seed=77)
    told = []
    for body in (toy.body(), networks.backbone):
        embeddings = F.normalize(embeddings_of(body, unseen))
        told.append(linearly_told(embeddings, unseen.classes["smiling"]))
        apart = 2 * torch.eye(len(unseen))
        nearest = (embeddings @ embeddings.T - apart).argmax(1)
        people = (unseen.people[nearest] == unseen.people).float().mean()
    assert told[0] > 0.95
    assert told[1] < 0.65
    assert people > 0.9


def linearly_told(embeddings, classes):
    """The share that a line through half the people's faces tells right of the other half's."""
    half = len(classes) // 2
    ones = torch.cat([embeddings, torch.ones(len(embeddings), 1)], 1).double()
    line = torch.linalg.lstsq(ones[:half], 2 * classes[:half, None].double() - 1).solution
    return float(((ones[half:] @ line)[:, 0].gt(0).long() == classes[half:]).double().mean())


def test_a_network_that_learns_computes_the_same_and_keeps_its_norms(faces):
    body = toy.body()
    copy = trainable(body)
    torch.testing.assert_close(copy(faces.seen()), body(faces.seen()), rtol=0, atol=0)
    assert set(weights_of(graph_of(body))) == {"matrix", "offset", "gain", "shift"}
    assert len(list(copy.parameters())) == 4
    assert not any(weight.requires_grad for weight in body.parameters())
    with torch.no_grad():
        weights_of(graph_of(copy))["offset"].add_(0.25)
    torch.testing.assert_close(changed(body, changes_of(copy, body))(faces.seen()), body(faces.seen()) + 0.25)


def test_what_cannot_be_trained_is_refused(faces, tmp_path):
    with pytest.raises(FineTuningError, match="ONNX graph"):
        trainable(torch.nn.Linear(2, 2))
    with pytest.raises(FineTuningError, match="another network's"):
        changed(toy.body(), {"matrix": torch.zeros(2, 2)})
    alone = faces[(faces.people == 3).nonzero().flatten()]
    with pytest.raises(DebiasingError, match="one person's faces"):
        next(train_debiased(toy.body(), alone, SMALL, tmp_path))


def test_rates_fall_behind_shares_of_the_training_and_steady_ones_do_not():
    optimiser = Optimiser("sgd", 1.0, momentum=0.9, drops=DebiasingSettings(schedule="drops").drops)
    factors = [optimiser.factor(epoch / 35) for epoch in (0, 9, 10, 16, 22, 28, 34)]
    assert factors == pytest.approx([1, 1, 0.1, 0.01, 1e-3, 1e-4, 1e-4])
    with pytest.raises(ValueError, match="momentum"):
        Optimiser("adam", 1.0, momentum=0.9)


def test_a_steady_group_keeps_its_rate_where_the_others_fall():
    module = torch.nn.Linear(2, 1)
    plan = Plan(
        identity="steady",
        seed=1,
        rounds=4,
        batches=lambda number: [torch.ones(1, 2)],
        losses=lambda linear, batch: {"loss": linear(batch).sum()},
        optimiser=Optimiser("sgd", 1.0, drops=(0.5,)),
        groups=[{"params": [module.weight], "lr": 0.3, "steady": True}, {"params": [module.bias], "lr": 0.1}],
    )
    weight, bias = (values.detach().clone() for values in (module.weight, module.bias))
    list(TrainingLoop(module, plan))
    torch.testing.assert_close(weight - module.weight, torch.full((1, 2), 4 * 0.3))
    torch.testing.assert_close(bias - module.bias, torch.tensor([2 * 0.1 + 2 * 0.01]))
