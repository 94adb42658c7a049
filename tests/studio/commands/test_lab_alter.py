"""`likeness lab alter`: faces rotated, shifted and scaled, before and after maps, drawn and made again."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest
import torch
from PIL import Image

from explorer.science.laboratory.geometry import alteration_of
from explorer.science.leakage.readout import picture_origin
from explorer.studio import places
from explorer.studio.app import cli
from explorer.studio.export.provenance import read_provenance
from explorer.studio.laboratory.altering import alter_face
from explorer.studio.laboratory.altering_export import _title
from explorer.studio.laboratory.map_files import load_maps, save_maps
from tests.studio.laboratory.geometry_kit import made_up_map

ONE = places.resources() / "faces" / "synthetic-p005.jpg"


def lab(*arguments):
    return cli.main(["lab", "alter", *map(str, arguments)])


def test_maps_of_a_file_are_those_that_were_kept(tmp_path):
    path = save_maps(tmp_path / "maps.safetensors", [made_up_map()])
    assert path.stat().st_mode & 0o077 == 0
    (one,) = load_maps(path)
    assert one.fitted_on == made_up_map().fitted_on
    assert torch.equal(one.weight, made_up_map().weight)


@pytest.mark.parametrize(
    ("name", "title"),
    [("rotated-30", "30°"), ("shifted-left", "← 0.2"), ("shifted-down-0.1", "↓ 0.1"), ("scaled-1.5", "× 1.5")],
)
def test_alterations_have_short_titles(name, title):
    assert _title(alteration_of(name)) == title


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--alteration", "mirrored"), "no alteration called 'mirrored'"),
        (("--out", "table.txt"), "is written as .png"),
        (("--maps", ONE), "cannot be read as a file of maps"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(capsys, arguments, said):
    assert lab(ONE, *arguments) == 2
    *notes, complaint = capsys.readouterr().err.strip().splitlines()
    assert said in complaint
    assert all(note.startswith("note: ") for note in notes)


@pytest.mark.slow
def test_altered_faces_are_drawn_and_made_again(networks, tmp_path, capsys):
    maps, table = save_maps(tmp_path / "maps.safetensors", [made_up_map()]), tmp_path / "altered.csv"
    given = ("--alteration", "rotated-30", "--alteration", "scaled-0.5", "--encoder", "sface", "--maps", maps)
    assert lab(ONE, *given, "--realignment", "both", "--out", table, "--json") == 0
    (said,) = json.loads(capsys.readouterr().out)
    assert said["photograph"] == ONE.name
    with table.open(newline="") as file:
        scores = {
            (row["alteration"], row["mode"], row["map"]): float(row["after"])
            for row in csv.DictReader(file)
            if row["what"] == "cosine"
        }
    # The face that is found and aligned again is nearly the face as it is; the altered template is not.
    assert scores["rotated-30", "realigned", "none"] > 0.9 > scores["rotated-30", "template", "none"]
    mapped = scores["rotated-30", "template", "mapped"]
    assert mapped == pytest.approx(-scores["rotated-30", "template", "none"], abs=1e-5)
    assert ("scaled-0.5", "template", "mapped") not in scores
    again = ("reproduce", table, "--source", ONE, "--device", "cpu")
    assert cli.main([*map(str, again)]) == 2
    assert "maps.safetensors" in capsys.readouterr().err
    assert cli.main([*map(str, again), "--source", str(maps)]) == 0
    assert "altered faces: the same to the last bit" in capsys.readouterr().out
    assert (tmp_path / "altered-again.csv").read_bytes() == table.read_bytes()
    figure = tmp_path / "altered.png"
    assert lab(ONE, *given, "--out", figure) == 0
    assert "map fitted on 7 generated faces" in capsys.readouterr().out
    assert read_provenance(figure)["shown"] == [["template", "rotated-30"], ["template", "scaled-0.5"]]


@pytest.mark.slow
def test_what_decoders_draw_stands_below(networks, tmp_path, monkeypatch):
    """The hook: whatever `decoder_of` gives is asked for every embedding, mapped ones too, and drawn."""
    from explorer.science.faces.choosing import choose_face
    from explorer.science.faces.reading import read_file
    from explorer.studio.export.picture_grid import GridOptions
    from explorer.studio.laboratory import seeing
    from explorer.studio.laboratory.altering_export import AlteringSettings, draw_altered

    asked = []

    def decode(embedding):
        asked.append(embedding)
        return np.full((16, 16, 3), 60, np.uint8)

    monkeypatch.setattr(seeing, "decoder_of", lambda networks, encoder: decode)
    photograph = read_file(ONE)
    face = choose_face(photograph, networks.detector().detect(photograph.pixels))
    shown = (("template", alteration_of("rotated-30")),)
    made = alter_face(networks, photograph, face, shown, ["sface"], [made_up_map()])
    assert len(asked) == 3
    assert torch.allclose(asked[2], -asked[1] / asked[1].norm() * 10, atol=1e-4)
    assert picture_origin(photograph) == "photograph"
    figure = draw_altered([made], AlteringSettings(shown, ("sface",)), GridOptions())
    assert len(figure.axes) == 2 + 2 + 2
    figure.savefig(tmp_path / "drawn.png")
    with Image.open(tmp_path / "drawn.png") as drawn:
        assert drawn.width > 100
