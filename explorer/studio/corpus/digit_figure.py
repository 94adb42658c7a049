"""Figure 3 of Vec2Face-v2: digits made of their features without and with the bijective metric, judged and drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from matplotlib.figure import Figure
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict
from torch import Tensor, nn

from explorer.science.evaluation.projection import t_sne
from explorer.science.evaluation.separation import separation
from explorer.science.flows.bijection import Bijection
from explorer.science.flows.lenet import DigitGenerator, LeNet
from explorer.science.iteration import Steps
from explorer.science.training.digits import DigitNets, DigitRecipe, train_classifier, train_generator
from explorer.science.training.metric import LabelledPictures
from explorer.studio.corpus.digits import Digits
from explorer.studio.export.page import GREY, Page, house_style

M = TypeVar("M", bound=nn.Module)
# Told what is trained, and how many of how many steps are made.
Tell = Callable[[str, int, int], None]
# The judge begins with other weights and sees digits in another order.
_JUDGE_SEED = 1000
# Ten colours that are told apart (Okabe and Ito's, with grey and brown).
_COLOURS = (
    *("#000000", "#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7", "#888888", "#7a4a2a"),
)
_WIDTH, _SIDE, _GAP, _TOP = 176.0, 54.0, 4.0, 9.0
MOST = 1000
"""Test digits that are judged at most."""


class DigitScores(BaseModel):
    """Test digits as they are ("real"), or made of their features.

    accuracy: share that a judge, a LeNet that took no part, names rightly. auc, apart: same against other digits by the
    judge's features, as of `Separation`. difference: mean absolute one to the true pictures.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    accuracy: float
    auc: float
    apart: float
    difference: float


@dataclass(frozen=True, eq=False)
class DigitExperiment:
    """scores, pictures (N, 1, 32, 32) and the judge's features of these (N, 1024), each by "real", "without" and "with"
    the bijective metric. classes: (N,)."""

    scores: Mapping[str, DigitScores]
    pictures: Mapping[str, Tensor]
    features: Mapping[str, Tensor]
    classes: Tensor


def digit_experiment(
    digits: Digits, bijection: Bijection, recipe: DigitRecipe, work: Path, tell: Tell
) -> DigitExperiment:
    """Train F, both generators and a judge, and judge them on the test digits.

    Args:
        work: where checkpoints are kept: an interrupted call goes on.
    """
    learnt, test = digits.training, digits.test.only(_spread(len(digits.test)))
    classifier = _last(train_classifier(learnt, recipe, work / "digits-classifier.pt"), "classifier", recipe, tell)
    other = replace(recipe, seed=recipe.seed + _JUDGE_SEED)
    judge = _last(train_classifier(learnt, other, work / "digits-judge.pt"), "judge", recipe, tell)
    classifier.eval().requires_grad_(False)
    pictures = {"real": test.floats}
    for name, nets in (("without", DigitNets(classifier)), ("with", DigitNets(classifier, bijection))):
        made = train_generator(learnt, nets, recipe, work / f"digits-{name}.pt")
        pictures[name] = _made(_last(made, name, recipe, tell), classifier, test.floats)
    features = {name: _judged(judge, some) for name, some in pictures.items()}
    scores = {name: _scores(judge, some, features[name], test) for name, some in pictures.items()}
    return DigitExperiment(scores, pictures, features, test.classes)


def experiment_text(scores: Mapping[str, DigitScores]) -> str:
    """The scores as a table."""
    lines = [f"{'digits':8}  {'accuracy':>8}  {'AUC':>6}  {'d':>5}  {'L1':>6}"]
    for name, one in scores.items():
        lines.append(f"{name:8}  {one.accuracy:8.3f}  {one.auc:6.3f}  {one.apart:5.2f}  {one.difference:6.3f}")
    return "\n".join(lines)


def experiment_figure(experiment: DigitExperiment, seed: int = 0) -> Figure:
    """The judge's features of all test digits on a plane, by t-SNE, a colour a digit (figure 3)."""
    with house_style():
        page = Page(_WIDTH, _TOP + _SIDE + 8, 300)
        for place, (name, features) in enumerate(experiment.features.items()):
            left = 2 + place * (_SIDE + _GAP)
            axes = page.axes(left, _TOP, _SIDE, _SIDE)
            axes.set_xticks([])
            axes.set_yticks([])
            points = Steps(t_sne(features.numpy(), "euclidean", seed)).result.points
            for digit, colour in enumerate(_COLOURS):
                rows = (experiment.classes == digit).numpy()
                axes.plot(points[rows, 0], points[rows, 1], ".", markersize=2, color=colour, label=str(digit))
            title = name if name == "real" else f"made {name} the bijective metric"
            page.text(left, 6.0, title, weight="SemiBold")
            page.text(left, _TOP + _SIDE + 4, f"d' {experiment.scores[name].apart:.2f}", colour=GREY)
        return page.figure


def sheet(experiment: DigitExperiment, each: int = 2) -> NDArray[np.uint8]:
    """Some of every digit: real ones, those made without, and those made with the metric, in three lines."""
    rows = torch.cat([(experiment.classes == digit).nonzero()[:each, 0] for digit in range(10)])
    lines = [torch.cat(list(some[rows, 0]), 1) for some in experiment.pictures.values()]
    grey = torch.cat(lines, 0).mul(255).round().byte().numpy()
    return np.repeat(grey[:, :, None], 3, 2)


def _last(training: Iterator[tuple[int, M]], name: str, recipe: DigitRecipe, tell: Tell) -> M:
    """Train to the end; the network."""
    last: M | None = None
    for steps, last in training:  # noqa: B007 - the last one is what is wanted
        tell(name, steps, recipe.steps)
    assert last is not None, "a finished training is given back"
    return last


def _spread(of: int) -> Tensor:
    return torch.arange(of) if of <= MOST else torch.arange(MOST) * of // MOST


@torch.no_grad()
def _made(generator: DigitGenerator, classifier: LeNet, pictures: Tensor) -> Tensor:
    generator.eval()
    return torch.cat([generator(classifier.features(some)) for some in pictures.split(64)])


@torch.no_grad()
def _judged(judge: LeNet, pictures: Tensor) -> Tensor:
    judge.eval()
    return torch.cat([judge.features(some) for some in pictures.split(64)])


@torch.no_grad()
def _scores(judge: LeNet, pictures: Tensor, features: Tensor, test: LabelledPictures) -> DigitScores:
    named = torch.cat([judge(some).argmax(1) for some in pictures.split(64)])
    told = separation(features, test.classes, "euclidean", interval=False)
    return DigitScores(
        accuracy=float((named == test.classes).float().mean()),
        auc=told.auc,
        apart=told.apart,
        difference=float((pictures - test.floats).abs().mean()),
    )
