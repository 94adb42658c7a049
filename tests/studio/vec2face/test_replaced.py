"""Replaced pairs in a world where vectors are colours: a way back that is right loses nothing, a blind one all."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from explorer.science.evaluation.accepting import Pairs
from explorer.science.inversion.objective import usual_points
from explorer.science.recognition.base import Encoder
from explorer.science.recognition.registry import encoder_spec
from explorer.science.vec2face.generator import VectorToFace
from explorer.science.vec2face.settings import Vec2FaceSettings
from explorer.studio.vec2face.figures import backgrounds_figure, comparison_figure, shown_for
from explorer.studio.vec2face.material import VectorMaterial
from explorer.studio.vec2face.replaced import PairedFaces, replaced_table, table_text

SIDE, PEOPLE = 16, 12


class _Colours(nn.Module):
    """The mean colour of the middle, less grey, in 128 numbers of which three count."""

    def forward(self, faces: Tensor) -> Tensor:
        middle = faces[:, :, 40:72, 40:72].mean((2, 3)) - 0.5
        return torch.cat([middle, middle.new_zeros(len(middle), 125)], 1)


class _Networks:
    device = torch.device("cpu")

    def recogniser(self, _: str) -> Encoder:
        return Encoder(encoder_spec("sface"), _Colours())

    def detector(self) -> _Networks:
        return self

    def points_in_frame(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Of black pictures none."""
        found = pictures.amax((1, 2, 3)) > 0.01
        return usual_points(pictures.shape[-1]).expand(len(pictures), 5, 2), found


def faces() -> PairedFaces:
    """Three pictures of each person, all of one colour that is the person's."""
    random = torch.Generator().manual_seed(0)
    colours = torch.rand(PEOPLE, 3, generator=random).repeat_interleave(3, 0)
    colours = (colours + 0.01 * torch.randn(len(colours), 3, generator=random)).clamp(0.05, 1)
    pictures = (255 * colours).round().byte()[:, None, None].expand(-1, SIDE, SIDE, -1).contiguous()
    people = torch.arange(PEOPLE).repeat_interleave(3)
    vectors = torch.cat([pictures[:, 0, 0].float() / 255 - 0.5, torch.zeros(len(colours), 125)], 1)
    points = usual_points(1).expand(len(people), 5, 2)
    material = VectorMaterial(
        pictures, points, people, torch.zeros(len(people)), {"sface": vectors}, torch.arange(len(people)), 0
    )
    return PairedFaces("colours", material, Pairs(people.tolist()), "all pairs", listed=False)


def right(vectors: Tensor) -> Tensor:
    return (vectors[:, :3] + 0.5)[:, :, None, None].expand(-1, 3, SIDE, SIDE)


def test_a_way_back_loses_as_much_as_it_does_not_know() -> None:
    networks: Any = _Networks()
    ways = {
        "right": right,
        "blind": lambda vectors: torch.full((len(vectors), 3, SIDE, SIDE), 0.9),
        "dark": lambda vectors: torch.zeros(len(vectors), 3, SIDE, SIDE),
    }
    table = replaced_table(faces(), "sface", ["sface"], ways, networks, {}, lambda done, total: None, similar=8)
    accuracy = {row.name: row.accuracy["sface"].value for row in table.rows}
    assert list(accuracy) == ["real", "right", "blind", "dark"]
    assert accuracy["real"] > 0.9
    assert accuracy["right"] == pytest.approx(accuracy["real"], abs=0.02)
    assert accuracy["blind"] < accuracy["right"] - 0.1
    assert accuracy["dark"] <= 0.5
    rows = {row.name: row for row in table.rows}
    assert (rows["right"].without_face, rows["dark"].without_face) == (0, rows["dark"].drawn)
    # Pictures that are all the same are as alike as can be.
    assert rows["blind"].similarity == pytest.approx(1.0, abs=1e-4)
    assert (table.genuine, table.others) == (36, 36 * 35 // 2 - 36)
    assert "all pairs: 36 of one person, 594 others" in table_text(table)


def test_every_figure_is_drawn() -> None:
    own, networks = faces(), _Networks()
    with torch.random.fork_rng():
        torch.manual_seed(0)
        generator = VectorToFace(128, Vec2FaceSettings(resolution=8, width=1 / 64)).eval().requires_grad_(False)
    sizes = {}
    for kind in ("wild", "conditions", "people"):
        shown = shown_for(kind, own.material, networks.recogniser("sface"))
        sizes[kind] = len(shown.vectors)
        assert len(comparison_figure("a title", shown, {"drawn": generator.pictures}).axes) == 2 * len(shown.vectors)
    assert sizes == {"wild": 8, "conditions": 8, "people": 6}
    shown = shown_for("backgrounds", own.material, networks.recogniser("sface"))
    assert len(backgrounds_figure("a title", shown, {"drawn": generator}).axes) == 3 * 8


def test_what_is_hidden_is_not_in_the_vector() -> None:
    shown = shown_for("conditions", faces().material, _Networks().recogniser("sface"))
    assert shown.captions[:4] == ("photograph", "another", "eyes hidden", "mouth hidden")
    assert int(shown.photographs[2].amin()) == 0 < int(shown.photographs[0].amin())
