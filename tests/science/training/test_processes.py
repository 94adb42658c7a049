"""Trainings by two processes: each step's gradients are one process's, and what two began one ends, and back."""

import ast
import os
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn

from explorer.science import shares
from explorer.science.processes import Processes, processes
from explorer.science.shares import Share, agreed, drawn, first_rows, sharing, whole
from explorer.science.training.loop import (
    CPU,
    Compute,
    Optimiser,
    Plan,
    TrainingError,
    TrainingLoop,
    every_sample,
    seeded,
)
from tests.science.training.trainings_kit import TRAININGS, apart, gradients

ROOT = Path(__file__).parents[3]
# Those of real networks are checked on a GPU, where there is one.
SMALL = [name for name, training in TRAININGS.items() if not training.real]


class Rivals(nn.Module):
    """All that may go wrong between processes: statistics of the batch, units left out, weights that take turns."""

    def __init__(self):
        super().__init__()
        with seeded(1):
            self.body = nn.Sequential(
                nn.Linear(5, 8, bias=False), nn.BatchNorm1d(8), nn.Tanh(), nn.Dropout(0.3), nn.Linear(8, 4)
            ).double()
            self.critic = nn.Sequential(nn.Linear(4, 6), nn.Softplus(), nn.Linear(6, 1)).double()


def batches(number):
    """Seven rows, three, and one: no two processes have as many."""
    for step, rows in enumerate((7, 3, 1)):
        yield torch.rand(rows, 5, dtype=torch.float64), torch.tensor(float(step))


def losses(module, batch):
    inputs, step = batch
    if step == 1:  # the critic's turn: a gradient of a gradient, and the body without one
        with torch.no_grad():
            made = module.body(inputs)
        noise = drawn(len(made), lambda rows: torch.rand(rows, 4, dtype=torch.float64))
        places = (made + noise).requires_grad_()
        (slope,) = torch.autograd.grad(module.critic(places).sum(), places, create_graph=True)
        return {"loss": (slope.norm(dim=1) - 1).square().mean()}
    if step == 2:  # one row, and no statistics of it
        return {"loss": module.body[0](inputs).square().mean()}
    vectors = whole(module.body(inputs))
    compared = (vectors @ vectors.T).square().mean().sqrt()
    each = module.body(inputs).square().mean()
    return {"loss": compared + each, "each": each, "unused": module.critic(vectors).mean()}


PLAN = Plan(
    identity="rivals",
    seed=3,
    rounds=4,
    batches=batches,
    losses=losses,
    optimiser=Optimiser("adam", 0.01, "cosine"),
)


def curve(plan, compute=CPU, stop=99):
    """The losses by round, and the module that they leave."""
    module, found = Rivals(), []
    for made in TrainingLoop(module, plan, compute):
        found.append({name: float(value) for name, value in made.losses.items()})
        if made.made >= stop:
            break
    return found, module.state_dict()


def first_gradients(compute=CPU):
    """By plain descent at rate 1 a weight moves by its gradient."""
    first = replace(PLAN, rounds=1, batches=lambda number: [next(batches(number))], optimiser=Optimiser("sgd", 1.0))
    before, (_, after) = Rivals().state_dict(), curve(first, compute)
    return {name: before[name] - weight for name, weight in after.items() if weight.is_floating_point()}


@pytest.fixture(scope="module")
def by_two(tmp_path_factory):
    """What two processes come to, each in a file of its own; they begin one training more, and end one of one's."""
    folder = tmp_path_factory.mktemp("two")
    curve(replace(PLAN, checkpoint=folder / "one-began.pt"), stop=2)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    shared = {**os.environ, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "WORLD_SIZE": "2"}
    shared |= {"OMP_NUM_THREADS": "1", "LOCAL_WORLD_SIZE": "2", "GROUP_RANK": "0", "TORCHELASTIC_RUN_ID": "two"}
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.science.training.test_processes", str(folder)],
            env={**shared, "RANK": str(rank), "LOCAL_RANK": str(rank)},
            cwd=ROOT,
        )
        for rank in range(2)
    ]
    try:
        assert [process.wait(timeout=290) for process in running] == [0, 0]
    finally:
        for process in running:
            process.kill()
    return folder, [torch.load(folder / f"{rank}.pt", weights_only=True) for rank in range(2)]


def _one_of_two(folder):
    both, rank = Compute.on("cpu"), processes().rank
    found = {"gradient": first_gradients(both), "whole": curve(PLAN, both)}
    curve(replace(PLAN, checkpoint=folder / "two-began.pt"), both, stop=2)
    found["ended"] = curve(replace(PLAN, checkpoint=folder / "one-began.pt"), both)
    found["agreed"] = [agreed(rank == 0), agreed(rank == 1)]
    found["trainings"] = {name: gradients(name, folder / name, both) for name in SMALL}
    torch.save(found, folder / f"{rank}.pt")


@pytest.mark.slow
def test_a_steps_gradients_are_those_of_one_process(by_two):
    alone = first_gradients()
    for found in by_two[1]:
        for name, gradient in found["gradient"].items():
            torch.testing.assert_close(gradient, alone[name], rtol=1e-10, atol=1e-10)
    assert alone["body.0.weight"].abs().max() > 1e-3


@pytest.mark.slow
def test_losses_and_weights_go_the_same_way_to_the_end(by_two):
    losses, weights = curve(PLAN)
    for found in by_two[1]:
        assert [pytest.approx(one, rel=1e-9) for one in losses] == found["whole"][0]
        for name, weight in found["whole"][1].items():
            torch.testing.assert_close(weight, weights[name], rtol=1e-9, atol=1e-9)


@pytest.mark.slow
def test_what_two_began_one_ends_and_what_one_began_two_end(by_two):
    folder, (first, second) = by_two
    losses, _ = curve(PLAN)
    by_one, _ = curve(replace(PLAN, checkpoint=folder / "two-began.pt"))
    assert [pytest.approx(one, rel=1e-9) for one in losses[2:]] == by_one
    assert [pytest.approx(one, rel=1e-9) for one in losses[2:]] == first["ended"][0] == second["ended"][0]


@pytest.mark.slow
def test_what_the_first_process_decides_holds_for_all(by_two):
    assert [found["agreed"] for found in by_two[1]] == [[True, False]] * 2
    assert [agreed(True), agreed(False)] == [True, False]


@pytest.mark.slow
@pytest.mark.parametrize("name", SMALL)
def test_every_trainings_gradients_are_those_of_one_process(name, by_two, tmp_path):
    alone = gradients(name, tmp_path)
    for found in by_two[1]:
        # Single precision; fifty layers of batch statistics enlarge it to a ten-thousandth.
        assert apart(alone, found["trainings"][name]) < 1e-3


def test_every_training_through_the_loop_is_checked():
    folder = ROOT / "explorer" / "science" / "training"
    through = {
        file.stem
        for file in folder.glob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "TrainingLoop"
    }
    # Digits are learnt in seconds, within a measurement, and by one process alone.
    assert through - {"digits"} == set(TRAININGS)


def test_shares_part_a_batch_and_count_each_row_once():
    for size in range(1, 8):
        parts = [Share(rank, 3, len(range(rank, size, 3)), size) for rank in range(3)]
        assert sum(one.weight for one in parts) == pytest.approx(3)
        rows = torch.arange(size)
        kept = [one.of(rows) if one.rows else rows[:0] for one in parts]
        assert torch.equal(torch.cat(kept).sort().values, rows)
        for one in parts:
            with sharing(one):
                assert first_rows(2) == len([row for row in one.of(rows)[: one.rows].tolist() if row < 2])


def test_where_nothing_is_shared_nothing_changes():
    values = torch.rand(3, 2)
    assert whole(values) is values
    assert first_rows(2) == 2
    assert shares.average(values[0, 0]) == values[0, 0]


def test_a_batch_may_hold_numbers_that_all_processes_take():
    batch = torch.arange(5), torch.tensor(0.3), "kept"
    assert [every_sample(batch, rank, 2)[0].tolist() for rank in range(2)] == [[0, 2, 4], [1, 3]]
    assert every_sample(batch, 1, 2)[1:] == (torch.tensor(0.3), "kept")


def test_torchruns_variables_say_how_many_there_are(monkeypatch):
    for name, value in (("WORLD_SIZE", 4), ("RANK", 3), ("LOCAL_RANK", 1), ("LOCAL_WORLD_SIZE", 2)):
        monkeypatch.setenv(name, str(value))
    assert processes() == Processes(4, 3, 2, 1)
    assert not processes().first
    assert Compute.on("cpu") == Compute("cpu", 2, 2, "ddp")
    assert Compute.on("cuda") == Compute("cuda", 2, 2, "ddp")
    with pytest.raises(TrainingError, match="each process takes its own: say cuda"):
        Compute.on("cuda:0")
    for wrong in ("", "four", "1", "-1"):
        monkeypatch.setenv("WORLD_SIZE", wrong)
        assert processes() == Processes()
        assert Compute.on("cpu") == CPU


if __name__ == "__main__":
    _one_of_two(Path(sys.argv[1]))
