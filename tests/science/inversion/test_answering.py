"""A search from a regressor's answer: where it begins, what it says of it, and that something must answer."""

from types import SimpleNamespace

import pytest
import torch

from explorer.science.inversion import answering
from explorer.science.inversion.answering import go_on_from_answer
from explorer.science.inversion.invert import InversionOutcome
from explorer.science.inversion.methods import METHODS
from explorer.science.inversion.settings import InversionSettings
from explorer.science.inversion.starts import WarmStart
from explorer.science.iteration import Steps


class Answering:
    """Proposes latents of 1, 2 and so on."""

    def propose(self, embedding, count, seed):
        return torch.arange(1.0, count + 1)[:, None].expand(-1, 512)


@pytest.fixture
def begun(monkeypatch):
    """Where searches began."""
    found = []

    def invert(target, settings, *, beginning, **others):
        assert "regressor" not in others
        found.append(beginning)
        yield "a step"
        return InversionOutcome(0, beginning.latent, "steps", (), 0.0, "step")

    monkeypatch.setattr(answering, "invert", invert)
    return found


def run(space, **others):
    instruments = {
        "generator": SimpleNamespace(spec=SimpleNamespace(style_layers=23)),
        "recogniser": SimpleNamespace(spec=SimpleNamespace(id="sface")),
        "detector": None,
    }
    settings = InversionSettings(encoder="sface", space=space)
    return Steps(go_on_from_answer(torch.ones(128), settings, **instruments, **others)).result


@pytest.mark.parametrize(("space", "shape"), [("W", (512,)), ("W+", (23, 512))])
def test_it_begins_with_the_likeliest_answer_and_says_whose_it_is(space, shape, begun):
    outcome = run(space, regressor=Answering())
    assert outcome.begun_from == "regressor"
    assert outcome.latent.shape == shape
    assert bool((outcome.latent == 1).all())
    assert begun[0].steps == 0


def test_a_step_that_is_gone_on_from_goes_before(begun):
    beginning = WarmStart(torch.zeros(512), 7)
    assert run("W", regressor=Answering(), beginning=beginning).begun_from == "step"
    assert begun == [beginning]


def test_it_is_a_method_and_refuses_where_nothing_answers():
    assert METHODS["answer"].invert is go_on_from_answer
    with pytest.raises(ValueError, match="nothing proposes a start for sface"):
        run("W")
