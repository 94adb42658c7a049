"""The example of an inversion method, in the small world: what it yields, and that its outcome is the nearest face."""

from __future__ import annotations

from typing import get_type_hints

import pytest
import torch

from examples.inversion_method import RANDOM, draw_at_random
from explorer.science.inversion.methods import InversionMethod, MethodSpec
from explorer.science.inversion.step import InversionStep
from explorer.science.iteration import Steps
from tests.science.inversion.small_world import TinyGenerator, recogniser, settings, world  # noqa: F401


def test_each_face_is_a_step_and_the_nearest_is_the_outcome(world) -> None:  # noqa: F811
    networks, target = world
    networks |= {"held_out": {"other": (recogniser("other"), -target)}, "memory": None}
    running = Steps(draw_at_random(target, settings(steps=5), **networks))
    steps = list(running)
    assert [step.index for step in steps if isinstance(step, InversionStep)] == list(range(5))
    nearest = max(steps, key=lambda step: step.cosine)
    assert running.result is not None
    assert running.result.best_index == nearest.index
    assert torch.equal(running.result.latent, nearest.latent)
    assert all(step.scores["other"] == pytest.approx(-step.cosine, abs=1e-5) for step in steps)
    assert [step.best for step in steps][nearest.index :] == [True] + [False] * (4 - nearest.index)


def test_the_same_seed_draws_the_same_faces_in_every_space() -> None:
    generator, judge = TinyGenerator(), recogniser()
    target = torch.ones(192)
    for space in ("Z", "W", "W+"):
        detector = type("Detector", (), {"points_in_frame": lambda self, image: _nothing(image)})()
        chosen = settings(steps=2, space=space, seed=3)
        runs = [
            list(draw_at_random(target, chosen, generator=generator, recogniser=judge, detector=detector))
            for _ in range(2)
        ]
        assert [step.cosine for step in runs[0]] == [step.cosine for step in runs[1]]
        assert runs[0][0].latent.shape == ((23, 512) if space == "W+" else (512,))


def test_it_is_called_as_a_method_is() -> None:
    assert MethodSpec("random", "Random faces", "an example", draw_at_random) == RANDOM
    wanted = get_type_hints(InversionMethod.__call__)
    taken = get_type_hints(draw_at_random)
    assert {name: wanted[name] for name in taken if name != "unused"} == {
        name: hint for name, hint in taken.items() if name != "unused"
    }


def _nothing(image: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """No face is found."""
    return torch.zeros(len(image), 5, 2), torch.zeros(len(image), dtype=torch.bool)
