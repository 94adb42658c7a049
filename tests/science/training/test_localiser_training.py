"""Training a localiser: stages follow each other, it goes on as if never stopped, and who is seen moves the pose."""

import pytest
import torch
from safetensors import safe_open

from explorer.science.alignment.faces import Placement, PosedFaces
from explorer.science.alignment.localiser import numbers_of
from explorer.science.alignment.scoring import aligned
from explorer.science.alignment.settings import LocaliserSettings
from explorer.science.alignment.transformer import SpatialTransformer
from explorer.science.geometry.morphable_model import from_tensors
from explorer.science.training import localiser as training
from explorer.science.training.localiser import AlignmentNetworks, recognition_losses, stages_of, train_localiser
from explorer.science.training.loop import TrainingError
from explorer.studio import places
from explorer.studio.catalogue.visibility_fields import load_visibility_field

SMALL = LocaliserSettings(
    side=32, seen=32, components=2, visibility=16, width=4, batch=4, pretraining=3, warm_up=2, steps=6
)


@pytest.fixture(autouse=True)
def _short_rounds(monkeypatch):
    monkeypatch.setattr(training, "_STEPS", 1)
    monkeypatch.setattr(training, "_KEPT", 1)


@pytest.fixture(scope="module")
def transformer():
    with safe_open(places.models() / "morphable-model.safetensors", "pt") as file:
        model = from_tensors({name: file.get_tensor(name) for name in file.keys()}, file.metadata())  # noqa: SIM118
    return SpatialTransformer(model, load_visibility_field(), SMALL.components, visibility=SMALL.visibility)


@pytest.fixture(scope="module")
def faces():
    random = torch.Generator().manual_seed(4)
    pictures = torch.randint(0, 256, (12, 32, 32, 3), generator=random, dtype=torch.uint8)
    return PosedFaces.without_truth(pictures, torch.arange(12) % 3, torch.tensor([0.0, -8.0, 15.0, 25.0] * 3))


def run(faces, settings, transformer, folder, rounds=None):
    """The states of a training, and the weights that it ends with; stopped after some rounds where they are given."""
    made = []

    def over():
        return rounds is not None and len(made) + 1 >= rounds

    for state in train_localiser(faces, settings, transformer, Placement(), folder, out_of_time=over):
        made.append((state.stage.name, state.made, dict(state.losses)))
    return made, {name: value.clone() for name, value in state.networks.state_dict().items()}


def test_stages_follow_each_other_and_an_interrupted_training_ends_as_if_it_had_not_stopped(
    faces, transformer, tmp_path
):
    made, whole = run(faces, SMALL, transformer, tmp_path / "whole")
    assert [name for name, count, _ in made if count == 1] == ["fixed-pose", "warm-up", "yaw-10", "yaw-20", "yaw-30"]
    run(faces, SMALL, transformer, tmp_path / "parts", rounds=4)
    again, parts = run(faces, SMALL, transformer, tmp_path / "parts")
    assert again[0] == ("fixed-pose", 3, {})  # finished before
    assert all(torch.equal(value, parts[name]) for name, value in whole.items())


def test_direct_training_shares_the_first_stages_and_makes_as_many_steps(faces, transformer, tmp_path):
    direct = SMALL.model_copy(update={"schedule": "direct"})
    assert sum(stage.steps for stage in stages_of(direct)) == sum(stage.steps for stage in stages_of(SMALL))
    run(faces, SMALL, transformer, tmp_path, rounds=8)
    made, _ = run(faces, direct, transformer, tmp_path)
    assert [name for name, _, losses in made if not losses] == ["fixed-pose", "warm-up", "yaw-10"]
    assert made[-1][0] == "yaw-30-direct"


def test_another_set_of_faces_is_not_gone_on_with(faces, transformer, tmp_path):
    run(faces, SMALL, transformer, tmp_path, rounds=1)
    with pytest.raises(TrainingError, match="another recipe"):
        run(faces[torch.arange(9)], SMALL, transformer, tmp_path, rounds=1)
    turned = PosedFaces.without_truth(faces.pictures, faces.people, torch.full((12,), 22.0))
    with pytest.raises(TrainingError, match="at most 10 degrees"):
        run(turned, SMALL.model_copy(update={"seed": 9}), transformer, tmp_path / "turned")


def test_the_fixed_pose_is_learnt_over_all_layers(faces, transformer, tmp_path):
    settings = SMALL.model_copy(update={"pretraining": 60})
    states = train_localiser(faces, settings, transformer, Placement(), tmp_path)
    state, losses = None, []
    before = AlignmentNetworks(settings, faces.count).localiser.layers[0].weight.clone()
    for state in states:
        if state.stage.name != "fixed-pose":
            break
        losses.append(state.losses["loss"])
    assert losses[-1] < 0.5 * losses[0]
    networks = state.networks
    assert not torch.equal(before, networks.localiser.layers[0].weight)
    found = aligned(networks.localiser, transformer, faces).found
    apart = numbers_of(found) - numbers_of(Placement().fixed(2))
    assert apart.abs().mean() < 0.3


def test_every_option_has_its_term_and_its_gradient(faces, transformer):
    settings = SMALL.model_copy(update={"landmarks": 1.0, "same_shape": 1.0, "triplet": 1.0})
    torch.manual_seed(1)
    networks = AlignmentNetworks(settings, faces.count)
    networks.localiser.layers[-1].weight.data.mul_(0.01)
    networks.localiser.layers[-1].bias.data.copy_(numbers_of(Placement().fixed(2)))
    landmarks = torch.rand(6, 14, 2)
    batch = faces.seen(torch.arange(6)), faces.people[:6], landmarks
    losses = recognition_losses(networks, transformer, batch, settings)
    assert {"identity", "shape", "landmarks", "same_shape", "triplet", "accuracy", "loss"} == set(losses)
    for name in ("identity", "shape", "landmarks", "same_shape", "triplet"):
        slope = torch.autograd.grad(losses[name], networks.localiser.layers[0].weight, retain_graph=True)[0]
        assert slope.abs().max() > 0, name
    assert set(recognition_losses(networks, transformer, batch, SMALL)) == {"loss", "identity", "shape", "accuracy"}
    assert settings.per_person == 4
    rows = training._several(faces.people, 3, settings)
    assert all(int((faces.people[rows] == person).sum()) >= 4 for person in faces.people[rows].unique())
