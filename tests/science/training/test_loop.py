"""The training loop: its steps are torch's own, it resumes to the bit, it refuses in a line."""

import builtins
import subprocess
import sys
from dataclasses import replace

import pytest
import torch
from torch import nn
from torch.nn.functional import mse_loss

from explorer.science.errors import LikenessError
from explorer.science.training.loop import (
    CPU,
    Compute,
    Optimiser,
    Plan,
    TrainingError,
    TrainingLoop,
    every_sample,
    read_checkpoint,
    seeded,
)

COSINE = Optimiser("adam", 0.01, "cosine", warm_up=0.1)


def network(dropout=0.0):
    with seeded(1):
        return nn.Sequential(nn.Linear(5, 8), nn.Tanh(), nn.Dropout(dropout), nn.Linear(8, 2))


def batches(number, count=2):
    random = torch.Generator().manual_seed(100 + number)
    for _ in range(count):
        inputs = torch.randn(6, 5, generator=random)
        yield inputs, inputs[:, :2].square()


def losses(module, batch):
    outputs = module(batch[0])
    return {"loss": mse_loss(outputs, batch[1]), "largest": outputs.abs().max()}


PLAN = Plan(identity="of the tests", seed=3, rounds=7, batches=batches, losses=losses, optimiser=COSINE)


def trained(module, plan, compute=CPU):
    rounds = list(TrainingLoop(module, plan, compute))
    return module, rounds


def same(one, other):
    return all(torch.equal(one[name], weight) for name, weight in other.items())


@pytest.mark.parametrize(
    ("optimiser", "kind", "decay"),
    [
        (COSINE, torch.optim.Adam, {}),
        (Optimiser("adamw", 0.02, "cosine", decay=0.1), torch.optim.AdamW, {"weight_decay": 0.1}),
        (Optimiser("sgd", 0.05), torch.optim.SGD, {}),
    ],
)
def test_its_steps_are_the_optimisers_own(optimiser, kind, decay):
    by_hand = network()
    steps = kind(by_hand.parameters(), lr=optimiser.rate, **decay)
    for number in range(PLAN.rounds):
        steps.param_groups[0]["lr"] = optimiser.rate * optimiser.factor(number / PLAN.rounds)
        for batch in batches(number):
            loss = losses(by_hand, batch)["loss"]
            steps.zero_grad()
            loss.backward()
            steps.step()
    module, rounds = trained(network(), replace(PLAN, optimiser=optimiser))
    assert same(module.state_dict(), by_hand.state_dict())
    assert [made.made for made in rounds] == [1, 2, 3, 4, 5, 6, 7]
    assert rounds[-1].losses["loss"] == loss
    assert not rounds[-1].losses["largest"].requires_grad


def test_rates_stay_fall_and_rise_first():
    assert {Optimiser("sgd", 1.0).factor(progress) for progress in (0.0, 0.3, 0.99)} == {1.0}
    falling = [Optimiser("sgd", 1.0, "cosine").factor(step / 10) for step in range(11)]
    assert falling[0] == 1
    assert falling[5] == pytest.approx(0.5)
    assert falling[10] == pytest.approx(0)
    assert falling == sorted(falling, reverse=True)
    assert COSINE.factor(0) == pytest.approx(0.01)
    assert COSINE.factor(0.05) == pytest.approx(0.51)
    assert COSINE.factor(0.5) == pytest.approx(0.5)
    assert Optimiser("sgd", 1.0, warm_up=0.5).factor(0.9) == 1


def test_groups_keep_the_ratio_of_their_rates():
    """By plain descent without a schedule, a group at a tenth of the rate goes a tenth as far in the first step."""
    still = replace(PLAN, rounds=1, batches=lambda number: batches(number, 1), optimiser=Optimiser("sgd", 0.1))
    before, slow = network().state_dict(), network()
    groups = [{"params": slow[0].parameters(), "lr": 0.01}, {"params": slow[3].parameters()}]
    fast, _ = trained(network(), still)
    trained(slow, replace(still, groups=groups))
    moved = slow[0].weight - before["0.weight"], fast[0].weight - before["0.weight"]
    torch.testing.assert_close(10 * moved[0], moved[1], rtol=1e-3, atol=1e-7)
    assert torch.equal(slow[3].weight, fast[3].weight)


@pytest.mark.parametrize("stop", [1, 4, 5, 7])
def test_an_interrupted_training_ends_as_an_uninterrupted_one_to_the_last_bit(stop, tmp_path):
    """Dropout, Adam's moments and the rate go on where they were, whatever random numbers were drawn meanwhile."""
    plan = replace(PLAN, checkpoint=tmp_path / "parts" / "net.pt", checkpoint_every=2)
    whole, rounds = trained(network(0.4), replace(plan, checkpoint=None))
    for _, made in zip(range(stop), TrainingLoop(network(0.4), plan), strict=False):
        torch.rand(made.made)
    resumed = TrainingLoop(network(0.4), plan)
    begun = resumed.made
    assert begun == (7 if stop == 7 else stop - stop % 2)
    torch.rand(9)
    assert [after.losses for after in resumed] == [before.losses for before in rounds[begun:]]
    assert same(resumed.module.state_dict(), whole.state_dict())
    assert [file.name for file in plan.checkpoint.parent.iterdir()] == ["net.pt"]
    assert read_checkpoint(plan.checkpoint, plan.identity)["made"] == 7


def test_neither_building_nor_training_moves_the_programs_random_numbers():
    torch.manual_seed(5)
    wanted = torch.rand(3)
    torch.manual_seed(5)
    trained(network(0.4), PLAN)
    assert torch.equal(torch.rand(3), wanted)


def test_without_seeds_of_its_own_a_training_draws_from_the_callers(tmp_path):
    plan = replace(PLAN, reseed=False)
    found = []
    for seed in (1, 1, 2):
        with seeded(seed):
            found.append(trained(network(0.4), plan)[0].state_dict())
    assert same(found[0], found[1])
    assert not same(found[0], found[2])
    with pytest.raises(ValueError, match="cannot be resumed"):
        replace(plan, checkpoint=tmp_path / "net.pt")


def test_units_are_left_out_only_where_the_recipe_has_it():
    module, _ = trained(network(0.4), replace(PLAN, train_mode=False))
    assert same(module.state_dict(), trained(network(0.0), PLAN)[0].state_dict())


def test_a_round_that_fails_leaves_the_last_checkpoint(tmp_path):
    def failing(number):
        if number == 3:
            raise OSError("no more batches")
        return batches(number)

    plan = replace(PLAN, checkpoint=tmp_path / "net.pt")
    with pytest.raises(OSError, match="no more batches"):
        trained(network(), replace(plan, batches=failing))
    assert TrainingLoop(network(), plan).made == 3


def test_a_checkpoint_of_another_recipe_is_refused_in_one_line_with_its_name(tmp_path):
    plan = replace(PLAN, checkpoint=tmp_path / "net.pt")
    trained(network(), plan)
    kept = plan.checkpoint.read_bytes()
    with pytest.raises(TrainingError) as refused:
        TrainingLoop(network(), replace(plan, identity="of other tests"))
    assert str(refused.value) == f"{plan.checkpoint} is of a training by another recipe: remove it to begin anew"
    assert isinstance(refused.value, LikenessError)
    assert plan.checkpoint.read_bytes() == kept
    torch.save([1, 2], plan.checkpoint)
    with pytest.raises(TrainingError, match="another recipe"):
        TrainingLoop(network(), plan)


def test_a_damaged_checkpoint_and_one_that_holds_more_than_numbers_are_refused(tmp_path):
    plan = replace(PLAN, checkpoint=tmp_path / "net.pt")
    trained(network(), plan)
    whole = plan.checkpoint.read_bytes()
    for damaged in (b"", b"\x80", b"no checkpoint", whole[:-400], whole[: len(whole) // 2], whole[:3], bytes(2000)):
        plan.checkpoint.write_bytes(damaged)
        with pytest.raises(TrainingError, match=r"net\.pt is damaged, or no checkpoint: remove it") as refused:
            TrainingLoop(network(), plan)
        assert "\n" not in str(refused.value)
    torch.save({"training": plan.identity, "module": network()}, plan.checkpoint)
    with pytest.raises(TrainingError, match="damaged, or no checkpoint"):
        read_checkpoint(plan.checkpoint, plan.identity)


def test_without_fabric_a_line_says_how_to_get_it(monkeypatch):
    imported = builtins.__import__

    def missing(name, *others):
        if name == "lightning_fabric":
            raise ImportError(name)
        return imported(name, *others)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(TrainingError, match=r"pip install 'likeness\[train\]'"):
        TrainingLoop(network(), PLAN)


@pytest.mark.slow
def test_recipes_are_imported_without_fabric():
    modules = ("landmark_cnn", "visibility_field", "preview_head", "regressor_drawn", "probes")
    lines = [*(f"import explorer.science.training.{name}" for name in modules), "import sys"]
    program = "; ".join([*lines, "sys.exit(any(name.startswith('lightning') for name in sys.modules))"])
    assert subprocess.run([sys.executable, "-c", program], timeout=120, check=False).returncode == 0


def test_a_device_is_one_process_on_it():
    assert Compute.on("cpu") == CPU == Compute.on("cpu:0")
    assert Compute.on("cuda") == Compute("cuda", 1)
    assert Compute.on(torch.device("cuda", 2)) == Compute("cuda", [2])


def test_processes_share_every_sample_between_them():
    batch = torch.arange(6), (torch.arange(12).reshape(6, 2), "kept")
    shares = [every_sample(batch, rank, 2) for rank in range(2)]
    assert torch.equal(torch.cat([share[0] for share in shares]).sort().values, batch[0])
    for numbers, (pairs, kept) in shares:
        assert torch.equal(pairs, batch[1][0][numbers])
        assert kept == "kept"
