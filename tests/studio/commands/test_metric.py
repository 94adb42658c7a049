"""`likeness train metric` and `evaluate metric` of digits: what they write, and what they refuse."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
import torch

from explorer.studio.app import cli
from explorer.studio.catalogue.metrics import load_metric
from explorer.studio.corpus.digits import digits_of
from explorer.studio.errors import UserError

TINY = ("--mappings", "2", "--width", "2", "--steps", "2", "--batch", "4")


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    code = cli.main([str(word) for word in words])
    return code, *capsys.readouterr()


def idx(data: np.ndarray) -> bytes:
    return bytes((0, 0, 8, data.ndim)) + b"".join(size.to_bytes(4, "big") for size in data.shape) + data.tobytes()


@pytest.fixture
def mnist(tmp_path: Path) -> Path:
    random, folder = np.random.default_rng(0), tmp_path / "mnist"
    folder.mkdir()
    for part, count in (("train", 12), ("t10k", 6)):
        images = random.integers(0, 256, (count, 28, 28), np.uint8)
        (folder / f"{part}-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx(images)))
        (folder / f"{part}-labels-idx1-ubyte").write_bytes(idx(np.arange(count, dtype=np.uint8) % 3))
    return folder


def test_it_is_trained_measured_and_drawn(capsys: pytest.CaptureFixture[str], tmp_path: Path, mnist: Path) -> None:
    work = tmp_path / "work"
    code, said, complaints = run(capsys, "train", "metric", mnist, "--work", work, *TINY)
    assert (code, complaints) == (0, "")
    assert "12 pictures of 3, 2 steps" in said
    _, record = load_metric(work / "metric.safetensors")
    assert (record.settings.side, record.settings.channels) == (32, 1)
    assert record.learnt_from == "MNIST's training digits"
    assert "| classes | 3, their Gaussians in a row (eq. 13) |" in (work / "metric.md").read_text()
    code, said, _ = run(
        capsys, "evaluate", "metric", mnist, "--work", work, "--pairs", "10", "--figure", "--idea", "--json"
    )
    (scores,) = json.loads(said)
    assert (code, scores["pictures"], scores["pairs"]) == (0, 6, 10)
    assert 0 < scores["smallest"] <= scores["largest"]
    assert scores["inverse"] < 1e-4
    assert [Path(one).name for one in scores["files"]] == ["ratios-mnist.png", "idea-mnist.png"]


def test_scikit_learns_digits_are_parted() -> None:
    digits = digits_of("digits")
    assert (len(digits.training) + len(digits.test), digits.training.count, digits.test.count) == (1797, 10, 10)
    assert digits.training.pictures.shape[1:] == (1, 32, 32)
    assert int(digits.test.pictures.max()) == 255


def test_mnists_pictures_are_framed(mnist: Path) -> None:
    digits = digits_of(str(mnist))
    raw = gzip.decompress((mnist / "t10k-images-idx3-ubyte.gz").read_bytes())[16:]
    inner = digits.test.pictures[:, 0, 2:30, 2:30]
    assert torch.equal(inner, torch.from_numpy(np.frombuffer(raw, np.uint8).reshape(6, 28, 28).copy()))
    assert not digits.test.pictures[:, 0, :2].any()


def test_what_cannot_be_is_refused_in_one_line(capsys: pytest.CaptureFixture[str], tmp_path: Path, mnist: Path) -> None:
    spoilt = tmp_path / "spoilt.safetensors"
    spoilt.write_bytes(b"nothing of the kind")
    for words, complaint in (
        (("train", "metric", mnist, "--work", tmp_path / "w", "--mappings", "6"), "cannot be halved 6 times"),
        (("train", "metric", mnist, "--work", tmp_path / "w", "--side", "64"), "grey, at 32 px"),
        (("evaluate", "metric", mnist, "--work", tmp_path / "w"), "train one with `likeness train metric`"),
        (("evaluate", "metric", mnist, "--work", tmp_path / "w", "--file", spoilt), "damaged"),
    ):
        code, _, said = run(capsys, *words)
        assert code == 2
        assert complaint in said
        assert "Traceback" not in said
    (mnist / "train-labels-idx1-ubyte").write_bytes(b"not idx")
    with pytest.raises(UserError, match="none of MNIST's"):
        digits_of(str(mnist))
    (mnist / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx(np.zeros((3, 28, 28), np.uint8)))[:40])
    with pytest.raises(UserError, match="damaged"):
        digits_of(str(mnist))
