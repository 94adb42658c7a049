"""Faces with their vectors: seen once, in the common frame, and kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from explorer.science.inversion.objective import usual_points
from explorer.studio import places
from explorer.studio.catalogue.networks import Networks
from explorer.studio.errors import UserError
from explorer.studio.vec2face import material as seeing
from explorer.studio.vec2face.material import vector_material
from explorer.studio.vec2face.sources import named_parts


def quiet(done: int, total: int) -> None:
    """Nobody watches."""


def test_faces_lie_in_the_common_frame_and_are_embedded_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Image.open(places.resources() / "faces" / "synthetic-p002.jpg") as image:
        image.thumbnail((200, 200))
        portrait = np.asarray(image.convert("RGB"))
    for person, pixels in (("0000001", portrait), ("0000002", portrait * 0), ("0000003", portrait[:, ::-1])):
        (tmp_path / "people" / person).mkdir(parents=True)
        Image.fromarray(np.ascontiguousarray(pixels)).save(tmp_path / "people" / person / "001.png")
    networks = Networks("cpu")
    given = [named_parts(str(tmp_path / "people"), networks, 2, 2)], ["arcface-mbf"], networks, 96, tmp_path / "work"
    seen = vector_material(*given, quiet)
    assert (seen.pictures.shape, seen.people.tolist(), seen.place.tolist()) == ((2, 96, 96, 3), [0, 1], [0, 2])
    assert seen.left_out == 1
    assert float((seen.points - usual_points(1)).abs().max()) < 0.08
    assert float(torch.cosine_similarity(*seen.vectors["arcface-mbf"], dim=0)) > 0.7
    # In its own frame a face has nearly the vector that its photograph has.
    framed = seen.pictures.permute(0, 3, 1, 2).float() / 255
    again = networks.recogniser("arcface-mbf").embed(framed, seen.points * 96)
    assert float(torch.cosine_similarity(again, seen.vectors["arcface-mbf"]).min()) > 0.85
    assert len(seen.taught("arcface-mbf")) == 2
    assert ((tmp_path / "work").stat().st_mode & 0o077) == 0
    monkeypatch.setattr(seeing._Seeing, "__call__", None)
    kept = vector_material(*given, quiet)
    assert torch.equal(kept.vectors["arcface-mbf"], seen.vectors["arcface-mbf"])
    assert torch.equal(kept.points, seen.points)


def test_where_nothing_is_seen_one_line_says_so(tmp_path: Path) -> None:
    (tmp_path / "people" / "1").mkdir(parents=True)
    Image.fromarray(np.zeros((40, 40, 3), np.uint8)).save(tmp_path / "people" / "1" / "1.png")
    networks = Networks("cpu")
    with pytest.raises(UserError, match="no usable face"):
        vector_material(
            [named_parts(str(tmp_path / "people"), networks, 2, 2)], ["arcface-mbf"], networks, 64, tmp_path, quiet
        )
