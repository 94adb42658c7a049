"""Reproduction: what a record says is checked, the sliders and branches are replayed, differences are named."""

import hashlib
import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from explorer.science.inversion.settings import InversionSettings
from explorer.science.inversion.step import InversionStep
from explorer.science.iteration import Steps
from explorer.studio.errors import UserError
from explorer.studio.export.provenance import write_sidecar
from explorer.studio.inversion.provenance import provenance
from explorer.studio.inversion.record import Branch, InversionRun, TargetRecord, WeightChange
from explorer.studio.inversion.running import (
    FinishedInversion,
    GuidanceReady,
    InversionTarget,
    Rendering,
    latent_digest,
    step_record,
)
from explorer.studio.reproducing import runs as reproduce
from explorer.studio.reproducing.runs import (
    Sliders,
    differences,
    latent_error,
    read_recorded,
    recorded,
    run_again,
    source_of,
)
from explorer.studio.reproducing.sources import sources_by_digest
from tests.studio.export.made_up import made_up_run

TARGET = InversionTarget(
    TargetRecord(kind="vector", name="v.npy", sha256="0" * 64, encoder="sface", norm=1.0), torch.ones(128)
)
MOVES = [WeightChange(step=0, term="prior", weight=0.5), WeightChange(step=2, term="identity", weight=3.0)]


class World:
    """Inversions whose latent is a running sum of the weights: what they were at each step can be read off it."""

    def __init__(self) -> None:
        self.began: list[float] = []
        self.recorded: list[set[str]] = []

    def invert(self, networks, target, settings, *, branch=None, weights=None, recorded=(), should_stop=lambda: False):
        yield GuidanceReady(None)
        self.recorded.append(set(recorded))
        total = torch.zeros(512) if branch is None else branch.latent.clone()
        self.began.append(float(total[0]))
        latents, steps, ended = [], [], "steps"
        for index in range(settings.steps + 1):
            now = weights()
            total = total + now["identity"] + 100 * now["prior"]
            picture, points = torch.zeros(3, 8, 8), np.zeros((5, 2))
            losses = {"identity": 1.0}
            step = InversionStep(index, losses, now, 1.0, total.clone(), {}, 0.5, picture, points, 0.0, True)
            latents.append(step.latent)
            steps.append(step_record(step))
            yield step
            if should_stop():
                ended = "user"
                break
        yield Rendering()
        run = made_up_run(10).model_copy(
            update={"settings": settings, "steps": steps, "stopped_by": ended, "latent_sha256": latent_digest(total)}
        )
        return FinishedInversion(run, np.zeros((8, 8, 3), np.uint8), total, tuple(latents))


@pytest.fixture
def world(monkeypatch) -> World:
    made = World()
    monkeypatch.setattr(reproduce, "run_inversion", made.invert)
    return made


def recipe_of(run: InversionRun, **changed):
    return recorded(json.loads(json.dumps(provenance(run) | changed)), "figure.png").runs[0]


def original(world: World, steps: int, moves, branch=None, stop_after=None):
    """A run as a user makes it, sliders in hand."""
    settings = InversionSettings(encoder="sface", steps=steps, weights={"identity": 1.0, "prior": 0.1}, regressor=False)
    sliders = Sliders(settings, moves)
    seen = []
    running = Steps(
        world.invert(
            None, TARGET, settings, branch=branch, weights=sliders.weights,
            should_stop=lambda: stop_after is not None and len(seen) > stop_after,
        )
    )  # fmt: skip
    for event in running:
        if isinstance(event, InversionStep):
            seen.append(event)
            sliders.step = event.index + 1
    made = running.result
    return replace(made, run=made.run.model_copy(update={"weight_changes": moves, "target": TARGET.record}))


def test_sliders_stand_at_each_step_as_they_stood_then():
    sliders = Sliders(InversionSettings(weights={"identity": 1.0}), [*reversed(MOVES)])
    stood = []
    for step in range(4):
        sliders.step = step
        now = sliders.weights()
        stood.append((now["identity"], now["prior"]))
    assert stood == [(1.0, 0.5), (1.0, 0.5), (3.0, 0.5), (3.0, 0.5)]


def test_a_run_with_moved_sliders_comes_to_the_same_latent(world):
    made = original(world, 5, MOVES)
    again = Steps(run_again(None, recipe_of(made.run), TARGET)).result
    assert torch.equal(again.latent, made.latent)
    assert again.run.latent_sha256 == made.run.latent_sha256


def test_a_run_that_was_stopped_is_stopped_there_again(world):
    made = original(world, 50, MOVES, stop_after=6)
    assert made.run.stopped_by == "user"
    again = Steps(run_again(None, recipe_of(made.run), TARGET)).result
    assert len(again.latents) == len(made.latents)
    assert torch.equal(again.latent, made.latent)


def test_branches_of_branches_are_made_again_up_to_where_they_part(world):
    first = original(world, 5, MOVES)
    settings, moves = first.run.settings, first.run.weight_changes
    root = Branch(run="a", step=3, settings=settings, weight_changes=moves)
    second = original(world, 4, [], reproduce.BranchingPoint(root, first.latents[3]))
    leaf = Branch(run="b", step=2, settings=second.run.settings, branch=root)
    third = original(world, 3, MOVES, reproduce.BranchingPoint(leaf, second.latents[2]))
    run = third.run.model_copy(update={"branch": leaf})
    world.began.clear()
    again = Steps(run_again(None, recipe_of(run), TARGET)).result
    assert torch.equal(again.latent, third.latent)
    assert world.began == [0.0, float(first.latents[3][0]), float(second.latents[2][0])]


def test_a_regressor_that_came_later_proposes_nothing(world):
    made = original(world, 2, [])
    run = made.run.model_copy(update={"settings": made.run.settings.model_copy(update={"regressor": True})})
    again = Steps(run_again(None, recipe_of(run), TARGET)).result
    assert again.run.settings == run.settings, "the record says what was asked for then"


def test_a_run_is_told_what_it_began_with_and_a_branch_which_regressor_its_root_had(world):
    first = original(world, 3, [])
    run = first.run.model_copy(update={"networks": {"regressor-sface-w": "aa" * 32}})
    world.recorded.clear()
    assert Steps(run_again(None, recipe_of(run), TARGET)).result is not None
    assert world.recorded == [{"regressor-sface-w"}]
    for regressor, expected in ((None, "regressor-sface-w"), ("regressor-sface-w-identity",) * 2):
        root = Branch(run="a", step=2, settings=first.run.settings, regressor=regressor)
        made = original(world, 2, [], reproduce.BranchingPoint(root, first.latents[2]))
        world.recorded.clear()
        branched = recipe_of(made.run.model_copy(update={"branch": root}))
        assert Steps(run_again(None, branched, TARGET)).result is not None
        assert world.recorded[0] == {expected}


def test_only_the_very_source_will_do(tmp_path):
    photograph, other = tmp_path / "a.jpg", tmp_path / "b.jpg"
    photograph.write_bytes(b"one")
    other.write_bytes(b"two")
    digest = hashlib.sha256(b"one").hexdigest()
    target = made_up_run().target.model_copy(update={"sha256": digest})
    recipe = recipe_of(made_up_run().model_copy(update={"target": target}))
    assert source_of(recipe, sources_by_digest([other, photograph]), "f.png") == photograph
    with pytest.raises(UserError, match=r"f\.png was made from portrait\.jpg with the sha256 .*, and b\.jpg has"):
        source_of(recipe, sources_by_digest([other]), "f.png")


def test_what_differs_is_named_in_a_line_each():
    run = made_up_run()
    recipe = recipe_of(run)
    assert differences(recipe, run) == ()
    now = run.model_copy(
        update={
            "networks": {"arcface-mbf": "ef" * 32, "regressor": "aa" * 32},
            "versions": run.versions | {"torch": "9.9"},
            "device": "CPU, 4 threads",
        }
    )
    assert differences(recipe, now) == (
        "network arcface-mbf: sha256 cdcdcdcdcdcd… then, sha256 efefefefefef… now",
        "network regressor: not used then, sha256 aaaaaaaaaaaa… now",
        "torch: version 2.13.0 then, 9.9 now",
        "device: CPU, 2 threads then, CPU, 4 threads now",
    )


def test_latents_are_compared_by_their_largest_difference():
    assert latent_error([1.0, 2.0], torch.tensor([1.0, 2.5])) == 0.5
    assert latent_error([1.0], torch.tensor([1.0, 2.5])) == float("inf")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"settings": {"steps": 10**9}}, "settings.steps"),
        ({"settings": {"weights": {"identity": 1}, "shell": "rm"}}, "settings.shell"),
        ({"target": {"kind": "url"}}, "target.kind"),
        ({"weight_changes": "all"}, "weight_changes"),
        ({"latent": [0.0] * 20000}, "latent"),
        ({"runs": [{}] * 2000}, "runs|at most|too_long|256"),
        ({"drawing": {"kind": "shell"}}, "drawing|kind|shell"),
        ({"drawing": {"kind": "inversion", "width": 1e9}}, "width"),
        ({"drawing": {"kind": "sheet", "columns": ["a"], "cells": [["run:0", "run:1"]]}}, "1 cells"),
        ({"drawing": {"kind": "sheet", "columns": ["a"], "cells": [["../../etc"]]}}, "cells"),
    ],
)
def test_a_record_that_was_tampered_with_is_one_line(tmp_path, change, message):
    record = json.loads(json.dumps(provenance(made_up_run())))
    path = tmp_path / "film.mp4"
    path.write_bytes(b"film")
    write_sidecar(path, {**record, **change})
    with pytest.raises(UserError, match=message) as caught:
        read_recorded(path)
    assert "\n" not in str(caught.value)


def test_what_no_run_made_cannot_be_made_again():
    with pytest.raises(UserError, match="readouts"):
        recorded({"format": "likeness-provenance/1", "kind": "readouts"}, "table.csv")
