"""Encoders of pSp, e4e and ReStyle against the published equations, in the makers' layouts; others are refused."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from explorer.science.generation.brought.image_encoder import Draw
from explorer.science.generation.brought.image_encoder_files import (
    build_image_encoder,
    is_image_encoder,
    pack_image_encoder,
    read_image_encoder,
    unpack_image_encoder,
)
from explorer.science.networks.errors import NetworkFileError
from tests.science.recognition.imported.published import Drawn

# Narrow, and of two units of each width: what the files have of 64 to 512 and 3 to 14.
WIDTHS, UNITS, STYLES = (6, 8, 10, 12), 2, 9
AVERAGE = torch.randn(12, generator=torch.Generator().manual_seed(4))


def _residual(d: Drawn, name: str, x: Tensor, outer: int, stride: int, gated: bool) -> Tensor:
    inner = x.shape[1]
    short = x[:, :, ::stride, ::stride]
    if inner != outer:
        short = d.norm(f"{name}.shortcut_layer.1", d.conv(f"{name}.shortcut_layer.0", short, outer, 1))
    y = d.conv(f"{name}.res_layer.1", d.norm(f"{name}.res_layer.0", x), outer, 3, pad=1)
    y = d.conv(f"{name}.res_layer.3", d.prelu(f"{name}.res_layer.2", y), outer, 3, stride, 1)
    y = d.norm(f"{name}.res_layer.4", y)
    if gated:
        pooled = y.mean((2, 3), keepdim=True)
        hidden = d.conv(f"{name}.res_layer.5.fc1", pooled, 2, 1).clamp(min=0)
        y = y * torch.sigmoid(d.conv(f"{name}.res_layer.5.fc2", hidden, outer, 1))
    return y + short


def _style(d: Drawn, number: int, x: Tensor) -> Tensor:
    place = 0
    while x.shape[-1] > 1:
        x = d.conv(f"encoder.styles.{number}.convs.{2 * place}", x, 12, 3, 2, 1, bias=True)
        x = torch.where(x > 0, x, 0.01 * x)
        place += 1
    weight = d.tensor(f"encoder.styles.{number}.linear.weight", 12, 12)
    return x.flatten(1) @ (weight.T / 12**0.5) + d.tensor(f"encoder.styles.{number}.linear.bias", 12)


def published(d: Drawn, picture: Tensor, pyramid: bool, progressive: bool, gated: bool) -> Tensor:
    """What the papers say, in functions: (B, C, 32, 32) in [-1, 1] to (B, L, 12)."""
    x = d.conv("encoder.input_layer.0", picture, WIDTHS[0], 3, pad=1)
    x = d.prelu("encoder.input_layer.2", d.norm("encoder.input_layer.1", x))
    levels = []
    for stage, width in enumerate(WIDTHS):
        for unit in range(UNITS):
            stride = 1 if unit else 2
            x = _residual(d, f"encoder.body.{UNITS * stage + unit}", x, width, stride, gated)
        levels.append(x)
    _, fine, middle, coarse = levels
    seen = [coarse] * STYLES
    if pyramid:
        two = F.interpolate(coarse, middle.shape[2:], mode="bilinear", align_corners=True)
        two = two + d.conv("encoder.latlayer1", middle, 12, 1, bias=True)
        three = F.interpolate(two, fine.shape[2:], mode="bilinear", align_corners=True)
        three = three + d.conv("encoder.latlayer2", fine, 12, 1, bias=True)
        seen = [coarse] * 3 + [two] * 4 + [three] * (STYLES - 7)
    found = [_style(d, number, level) for number, level in enumerate(seen)]
    if progressive:
        found = [found[0]] + [found[0] + difference for difference in found[1:]]
    return torch.stack(found, 1)


def checkpoint(path: Path, d: Drawn, opts: Any, average: Tensor = AVERAGE) -> Path:
    decoder = {"decoder.style.1.weight": torch.ones(3, 3)}
    counted = {"encoder.input_layer.1.num_batches_tracked": torch.tensor(7)}
    torch.save({"state_dict": d.state | decoder | counted, "latent_avg": average, "opts": opts}, path)
    return path


def picture(channels: int = 3, count: int = 2) -> Tensor:
    return torch.rand(count, channels, 32, 32, generator=torch.Generator().manual_seed(3))


KINDS = [
    ("pSp", {"encoder_type": "GradualStyleEncoder"}, 3, True, False, True),
    ("pSp", argparse.Namespace(encoder_type="GradualStyleEncoder"), 3, True, False, False),
    ("e4e", argparse.Namespace(encoder_type="Encoder4Editing", n=None), 3, True, True, True),
    ("ReStyle over pSp", {"encoder_type": "BackboneEncoder", "n_iters_per_batch": 5}, 6, False, False, True),
    ("ReStyle over e4e", {"encoder_type": "ProgressiveBackboneEncoder"}, 6, False, True, True),
]


@pytest.mark.parametrize(("family", "opts", "channels", "pyramid", "progressive", "gated"), KINDS)
def test_each_computes_what_was_published(
    tmp_path: Path, family: str, opts: Any, channels: int, pyramid: bool, progressive: bool, gated: bool
) -> None:
    drawn, given = Drawn(), picture(channels) * 2 - 1
    expected = published(drawn, given, pyramid, progressive, gated)
    path = checkpoint(tmp_path / "encoder.pt", drawn, opts)
    assert is_image_encoder(path)
    file = read_image_encoder(path)
    assert (file.plan.family, file.plan.side, file.plan.width) == (family, 32, 12)
    ours = build_image_encoder(unpack_image_encoder(pack_image_encoder(file)))
    torch.testing.assert_close(ours(given), expected, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(ours.average, AVERAGE.expand(STYLES, -1))


def test_a_photograph_becomes_a_latent_about_the_average(tmp_path: Path) -> None:
    drawn, image = Drawn(), picture()
    expected = published(drawn, image * 2 - 1, True, False, True)
    each = torch.randn(STYLES, 12, generator=torch.Generator().manual_seed(5))
    ours = build_image_encoder(read_image_encoder(checkpoint(tmp_path / "psp.pt", drawn, {}, each)))
    torch.testing.assert_close(ours.encode(image), expected + each, atol=1e-4, rtol=1e-4)
    larger = image.repeat_interleave(2, 2).repeat_interleave(2, 3)
    torch.testing.assert_close(ours.encode(larger), ours.encode(image), atol=1e-5, rtol=1e-5)
    image.requires_grad_(True)
    ours.encode(image).square().sum().backward()
    assert image.grad is not None
    assert float(image.grad.abs().sum()) > 0
    assert all(weight.grad is None for weight in ours.parameters())


def test_restyle_sees_what_it_has_drawn_so_far(tmp_path: Path) -> None:
    drawn, image = Drawn(), picture(count=1)
    published(drawn, picture(6), False, False, True)
    ours = build_image_encoder(read_image_encoder(checkpoint(tmp_path / "restyle.pt", drawn, {})))
    paint = torch.randn(STYLES * 12, 3 * 32 * 32, generator=torch.Generator().manual_seed(6)) / 20

    def draw(codes: Tensor) -> Tensor:
        return torch.sigmoid(codes.flatten(1) @ paint).reshape(-1, 3, 32, 32)

    codes = AVERAGE.expand(1, STYLES, -1)
    for _ in range(3):
        seen = torch.cat([image * 2 - 1, draw(codes) * 2 - 1], 1)
        codes = codes + published(drawn, seen, False, False, True)
    drawer: Draw = draw
    torch.testing.assert_close(ours.encode(image, drawer, 3), codes, atol=1e-3, rtol=1e-3)
    with pytest.raises(ValueError, match="needs its generator"):
        ours.encode(image)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"encoder.body.3.res_layer.1.weight": None}, "levels|lacks"),
        ({"encoder.latlayer2.bias": None}, r"it lacks latlayer2\.bias"),
        ({"encoder.latlayer2.bias": torch.zeros(5)}, "do not fit together"),
        ({"encoder.input_layer.0.weight": torch.zeros(6, 4, 3, 3)}, "4 channels"),
        ({"encoder.more": torch.zeros(2)}, "it has besides more"),
        ({"encoder.conv1.weight": torch.zeros(6, 3, 7, 7)}, "ResNet-34"),
        ({"encoder.styles.0.linear.bias": torch.full((12,), torch.nan)}, "no finite number"),
    ],
)
def test_what_does_not_fit_is_one_line_that_says_why(tmp_path: Path, change: dict[str, Any], words: str) -> None:
    drawn = Drawn()
    published(drawn, picture(), True, False, True)
    drawn.state = {name: value for name, value in (drawn.state | change).items() if value is not None}
    with pytest.raises(NetworkFileError, match=words) as caught:
        read_image_encoder(checkpoint(tmp_path / "e.pt", drawn, {}))
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith("e.pt ")


def test_other_files_are_none_and_no_average_is_said(tmp_path: Path) -> None:
    torch.save({"state_dict": {"weight": torch.ones(2)}}, tmp_path / "other.pt")
    (tmp_path / "text.pt").write_text("no pickle")
    assert not is_image_encoder(tmp_path / "other.pt")
    assert not is_image_encoder(tmp_path / "text.pt")
    with pytest.raises(NetworkFileError, match=r"other\.pt is no encoder of pSp"):
        read_image_encoder(tmp_path / "other.pt")
    drawn = Drawn()
    published(drawn, picture(), True, False, True)
    torch.save({"state_dict": drawn.state}, tmp_path / "bare.pt")
    with pytest.raises(NetworkFileError, match="lacks `latent_avg`"):
        read_image_encoder(tmp_path / "bare.pt")


class Runs:
    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (Path("ran"),))


def test_options_that_would_run_something_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    drawn = Drawn()
    published(drawn, picture(), True, False, True)
    path = checkpoint(tmp_path / "e.pt", drawn, argparse.Namespace(encoder_type=Runs()))
    assert not is_image_encoder(path)
    with pytest.raises(NetworkFileError, match=r"e\.pt is no encoder"):
        read_image_encoder(path)
    assert not (tmp_path / "ran").exists()
