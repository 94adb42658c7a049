"""Within bounds a network computes what it does without; what is larger than any encoder is refused before it is."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from explorer.science.networks import bounded
from explorer.science.networks.bounded import Bounded
from explorer.science.networks.errors import NetworkFileError


def small_network(x: torch.Tensor) -> torch.Tensor:
    torch.manual_seed(0)
    x = F.max_pool2d(torch.relu(F.conv2d(x, torch.randn(8, 3, 3, 3), padding=1)), 2)
    x = torch.cat([x, x.flip(1)], 1).flatten(1)
    return F.normalize(x @ torch.randn(x.shape[1], 16))


def test_what_is_computed_is_the_same() -> None:
    x = torch.rand(2, 3, 16, 16)
    with torch.no_grad(), Bounded():
        within = small_network(x)
    assert torch.equal(within, small_network(x))


@pytest.mark.parametrize(
    "giant",
    [
        lambda x: x.new_zeros(1 << 20, 1) @ x.new_zeros(1, 1 << 20),
        lambda x: x.new_zeros(1 << 20, 1) + x.new_zeros(1, 1 << 20),
        lambda x: F.pad(x, (1 << 30, 1 << 30)),
        lambda x: x.expand(1 << 40, -1, -1, -1),
        lambda x: F.interpolate(x, size=(1 << 20, 1 << 20)),
        lambda x: torch.zeros(1 << 40),
        lambda x: torch.full((1 << 20, 1 << 20), 1.0),
        lambda x: torch.arange(1 << 40),
        lambda x: F.conv_transpose2d(x, x.new_zeros(3, 1, 3, 3), stride=1 << 14),
        lambda x: torch.cat([x.new_zeros(1, 1 << 20)] * 128, 1),
        lambda x: x.repeat(1 << 20, 1, 1, 1),
    ],
)
def test_a_giant_is_refused_before_it_is_made(giant) -> None:
    with pytest.raises(NetworkFileError, match="of a picture, more than any encoder"), Bounded():
        giant(torch.zeros(1, 3, 16, 16))


def test_what_is_held_at_a_time_is_counted_and_what_is_gone_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded, "_MOST_HELD", 1000)
    with Bounded():
        for _ in range(50):
            last = torch.zeros(300)
    with pytest.raises(NetworkFileError, match="at a time"), Bounded():
        [torch.zeros(300)[:1] for _ in range(4)]
    with Bounded():
        assert len([torch.zeros(300)[:1] for _ in range(3)]) == 3
    assert last.numel() == 300


def test_views_take_no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded, "_MOST_HELD", 1000)
    with Bounded():
        x = torch.zeros(300)
        views = [x.view(30, 10)[:5] for _ in range(50)]
    assert len(views) == 50


def test_products_and_steps_have_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded, "_MOST_PRODUCTS", 10_000)
    x = torch.zeros(20, 20)
    with Bounded():
        x @ x
    with pytest.raises(NetworkFileError, match="computes more"), Bounded():
        x @ x @ x
    monkeypatch.setattr(bounded, "_MOST_STEPS", 3)
    with pytest.raises(NetworkFileError, match="more steps"), Bounded():
        [x + 1 for _ in range(5)]
