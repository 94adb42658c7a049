"""A foreign file in a process of its own: it answers as it would here, and whatever it does, one line comes of it."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest
import torch

from explorer.science.networks.errors import NetworkFileError
from explorer.science.recognition.imported import InputConvention, import_network
from explorer.studio.bringing import sealed
from explorer.studio.bringing.sealed import SealedNetwork
from explorer.studio.errors import Cancelled
from tests.studio.bringing.network_kit import projection_file

pytestmark = pytest.mark.slow

CONVENTION = InputConvention("arcface", (112, 112), "BGR", (100.0, 110.0, 120.0), (64.0, 64.0, 64.0))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return projection_file(tmp_path / "tiny.onnx")


def test_it_says_what_the_file_is_and_embeds_as_it_does_here(file: Path) -> None:
    here = import_network(file)
    images = torch.rand(11, 3, 112, 112)
    with SealedNetwork(file) as network:
        about = network.description
        found = network.embed(images, CONVENTION)
    assert (about.dimension, about.sizes, about.layer, about.sha256) == (
        here.dimension,
        here.sizes,
        here.layer,
        here.sha256,
    )
    assert about.conventions == here.conventions
    assert about.files == ("tiny.onnx",)
    torch.testing.assert_close(found, here.body(CONVENTION.apply(images)), atol=1e-5, rtol=1e-5)
    assert multiprocessing.active_children() == []


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n" + bytes(99), b"\x80\x04cos\nsystem\n.", b"{" * 5000])
def test_what_is_no_network_is_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.onnx").write_bytes(content)
    with pytest.raises(NetworkFileError, match=r"^a\.onnx: ") as caught, SealedNetwork(tmp_path / "a.onnx"):
        pass
    assert "\n" not in str(caught.value)


def test_a_file_that_asks_for_more_than_its_limit_is_refused(file: Path) -> None:
    """As a graph does whose values swell: here there is room for hardly anything."""
    with pytest.raises(NetworkFileError, match=r"tiny\.onnx: .*(memory|ended)"), SealedNetwork(file, room=1 << 20):
        pass


def test_a_process_that_ends_ends_nothing_else(file: Path) -> None:
    with SealedNetwork(file) as network:
        network._process.kill()  # type: ignore[union-attr]
        with pytest.raises(NetworkFileError, match=r"tiny\.onnx: the process that read it ended"):
            network.embed(torch.rand(1, 3, 112, 112), CONVENTION)


def test_too_long_and_cancelled_both_end_the_process(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Cancelled), SealedNetwork(file, should_stop=lambda: True):
        pass
    with pytest.raises(NetworkFileError, match=r"tiny\.onnx: .* takes longer"), SealedNetwork(file, patience=0.0):
        pass
    assert multiprocessing.active_children() == []


def test_what_it_says_of_itself_must_be_possible(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NetworkFileError, match="what it says of itself cannot be"):
        sealed._described(file, {"dimension": -1})
