"""`likeness evaluate digits`: five short trainings, a table and figure 3, and the same again without training."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from explorer.science.flows.bijection import Bijection
from explorer.science.flows.lenet import DigitGenerator, LeNet, block_distance
from explorer.science.flows.settings import MetricSettings
from explorer.science.training.digits import ALPHA, DigitNets, generator_losses
from explorer.studio.app import cli
from tests.studio.commands.test_metric import idx


@pytest.fixture
def mnist(tmp_path: Path) -> Path:
    random, folder = np.random.default_rng(0), tmp_path / "mnist"
    folder.mkdir()
    for part in ("train", "t10k"):
        (folder / f"{part}-images-idx3-ubyte").write_bytes(idx(random.integers(0, 256, (12, 28, 28), np.uint8)))
        (folder / f"{part}-labels-idx1-ubyte").write_bytes(idx(np.arange(12, dtype=np.uint8) % 3))
    return folder


def test_it_is_trained_judged_drawn_and_not_trained_again(
    mnist: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["evaluate", "digits", "--work", str(tmp_path / "work"), "--mnist", str(mnist), "--steps", "1", "--json"]
    assert cli.main(words) == 0
    first = json.loads(capsys.readouterr().out)
    assert list(first["scores"]) == ["real", "without", "with"]
    assert first["scores"]["real"]["difference"] == 0
    assert [Path(one).name for one in first["files"]] == ["figure-3.png", "digits.png"]
    before = {file: file.read_bytes() for file in (tmp_path / "work").glob("*.pt")}
    assert len(before) == 5
    assert cli.main(words) == 0
    assert json.loads(capsys.readouterr().out)["scores"] == first["scores"]
    assert {file: file.read_bytes() for file in (tmp_path / "work").glob("*.pt")} == before
    assert cli.main([*words, "--form", "round"]) == 2


def test_losses_are_nothing_for_the_same_and_the_metric_adds_its_share() -> None:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        classifier, generator = LeNet().requires_grad_(False), DigitGenerator(4).requires_grad_(False)
        bijection = Bijection(MetricSettings(side=32, channels=1, width=2)).requires_grad_(False)
        pictures = torch.rand(4, 1, 32, 32)
    blocks = classifier.blocks(pictures)
    torch.testing.assert_close(block_distance(blocks, blocks, 10.0), torch.zeros(4), atol=1e-6, rtol=0)
    classes = torch.tensor([0, 0, 1, 1])
    plain = generator_losses(generator, DigitNets(classifier), pictures, classes, 5.0)
    both = generator_losses(generator, DigitNets(classifier, bijection), pictures, classes, 5.0)
    torch.testing.assert_close(both["loss"], plain["loss"] + ALPHA * both["biject"])
    assert float(both["biject"]) > 0
