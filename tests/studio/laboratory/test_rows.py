"""Rows of the laboratory on real networks: the numbers of the commands, and files that are made again to the bit."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from explorer.science.faces.alignment import crop_frame
from explorer.science.faces.choosing import choose_face
from explorer.science.faces.reading import read_file
from explorer.science.iteration import Steps
from explorer.science.laboratory.erasing import LinearEraser
from explorer.science.laboratory.modification import Disentangler
from explorer.science.laboratory.modifier import Modifier, ModifierRecord
from explorer.science.leakage.edits import Patch
from explorer.studio import places
from explorer.studio.app import cli
from explorer.studio.catalogue.modifiers import save_modifier
from explorer.studio.errors import UserError
from explorer.studio.export.provenance import read_provenance
from explorer.studio.inversion.record import TargetRecord
from explorer.studio.inversion.values import RunTarget
from explorer.studio.laboratory.attack_running import seen_by_all
from explorer.studio.laboratory.map_files import save_maps
from explorer.studio.laboratory.row_export import export_rows
from explorer.studio.laboratory.row_making import RowWanted, known_embeddings, make_row
from explorer.studio.laboratory.values import (
    AlterChoice,
    AttackChoice,
    LabChoice,
    LabFace,
    LabRow,
    ModifyChoice,
    OcclusionChoice,
)
from tests.studio.laboratory.geometry_kit import made_up_map

FACES = places.resources() / "faces"
ONE, OTHER = FACES / "synthetic-p005.jpg", FACES / "synthetic-p002.jpg"
ENCODERS = ("sface", "edgeface-s")
AREA = Patch.rectangle(0.25, 0.5, 0.75, 0.75)

pytestmark = pytest.mark.slow


def whose(networks: Any, path: Path = ONE) -> LabFace:
    photograph = read_file(path)
    face = choose_face(photograph, networks.detector().detect(photograph.pixels))
    vectors = {name: one.numpy() for name, one in seen_by_all(networks, photograph, face, ENCODERS).items()}
    return LabFace(
        f"{photograph.sha256}/0", path.name, photograph, face, vectors, crop_frame(photograph, face, 64).frame
    )


def made(networks: Any, choice: LabChoice, aim: RunTarget | None = None, **given: Any) -> LabRow:
    wanted = RowWanted(given.pop("face", None) or whose(networks), choice, "sface", ENCODERS, aim, **given)
    return Steps(make_row(networks, wanted)).result


def target(networks: Any) -> RunTarget:
    face = whose(networks, OTHER)
    record = TargetRecord.of_face(face.photograph, face.face, "sface", face.vectors["sface"])
    return RunTarget(face.key, record, face.vectors["sface"], {"edgeface-s": face.vectors["edgeface-s"]}, face.frame)


def table_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def again(path: Path, *sources: Path) -> Path:
    words = [word for source in sources for word in ("--source", str(source))]
    assert cli.main(["reproduce", str(path), *words, "--device", "cpu"]) == 0
    return path.with_name(f"{path.stem}-again{path.suffix}")


ALTER = LabChoice(alter=AlterChoice(rotation=-20, right=0.1, scale=0.8))
HIDE = LabChoice(operation="occlusion", occlusion=OcclusionChoice(regions=("mouth",), patches=(AREA,), fill="mean"))
COMMANDS = {
    "alter": (ALTER, ["alter", str(ONE), "--alteration", ALTER.alter.name]),
    "occlusion": (
        HIDE,
        ["occlusion", str(ONE), "--hide", "mouth", "--rectangle", "0.25,0.5,0.5,0.25", "--together", "--fill", "mean"],
    ),
}


@pytest.mark.parametrize("operation", list(COMMANDS))
def test_a_row_has_the_commands_own_numbers_and_is_made_again(networks, tmp_path, operation):
    choice, command = COMMANDS[operation]
    by_command, by_window = tmp_path / "command.csv", tmp_path / "window.csv"
    encoders = ["--encoder", "sface", "--encoder", "edgeface-s"]
    assert cli.main(["lab", *command, *encoders, "--out", str(by_command)]) == 0
    row = made(networks, choice)
    export_rows(by_window, [row])
    assert table_of(by_window) == table_of(by_command)
    shown = {one["encoder"]: float(one["after"]) for one in table_of(by_command) if one["what"] == "cosine"}
    assert {one.score.encoder: one.score.score for one in row.scores} == pytest.approx(shown, abs=1e-6)
    assert again(by_window, ONE).read_bytes() == by_window.read_bytes()


def test_what_an_earlier_row_knows_of_the_face_changes_no_number(networks):
    for choice in (ALTER, HIDE, LabChoice(operation="attack", attack=AttackChoice(budget=2))):
        face = whose(networks)
        first = made(networks, choice, face=face)
        second = made(networks, choice, face=face, known=known_embeddings(first))
        for one, other in zip(first.scores, second.scores, strict=True):
            assert one.score == other.score
        assert np.array_equal(first.after, second.after)


def test_attacked_faces_are_written_with_their_aim_and_made_again(networks, tmp_path, capsys):
    choice = LabChoice(operation="attack", attack=AttackChoice(method="bim", budget=4, steps=2, towards="aim/0"))
    row = made(networks, choice, target(networks))
    assert row.change is not None
    assert row.scores[0].aim > row.scores[0].aim_before
    table, figure = tmp_path / "attacked.csv", tmp_path / "attacked.png"
    export_rows(table, [row])
    numbers = {(one["encoder"], one["what"]): one for one in table_of(table)}
    assert float(numbers["sface", "to the aim"]["after"]) == pytest.approx(row.scores[0].aim)
    assert numbers["edgeface-s", "cosine"]["role"] == "held out"
    assert again(table, ONE, OTHER).read_bytes() == table.read_bytes()
    assert "attacked faces: the same to the last bit" in capsys.readouterr().out
    export_rows(figure, [row, row])
    record = read_provenance(figure)
    assert (record["kind"], len(record["sources"]), record["aim"]["name"]) == ("attacked faces", 2, OTHER.name)
    assert cli.main(["reproduce", str(table), "--source", str(ONE)]) == 2
    assert OTHER.name in capsys.readouterr().err


def test_an_attacked_picture_is_written_to_the_bit_and_made_again(networks, tmp_path):
    row = made(networks, LabChoice(operation="attack", attack=AttackChoice(budget=2)))
    picture = tmp_path / "attacked.png"
    export_rows(picture, [row], "pictures")
    assert np.array_equal(read_file(picture).pixels, row.made.made.perturbation.after)
    assert np.array_equal(read_file(again(picture, ONE)).pixels, row.made.made.perturbation.after)
    with pytest.raises(UserError, match=r"is a \.png"):
        export_rows(tmp_path / "attacked.jpg", [row], "pictures")


def test_an_attack_towards_the_face_itself_says_so(networks):
    aim = target(networks)
    row = made(networks, LabChoice(operation="attack"), aim, face=whose(networks, OTHER))
    assert row.made is None
    assert "towards this face itself" in row.remark


def test_embeddings_behind_a_map_stand_beside_and_the_row_says_on_what_it_was_fitted(networks, tmp_path):
    maps = save_maps(tmp_path / "maps.safetensors", [made_up_map()])
    row = made(networks, LabChoice(maps=str(maps)))
    own, other = row.scores
    assert own.mapped is not None
    assert own.mapped.score == pytest.approx(-own.score.score, abs=1e-5)
    assert other.mapped is None
    assert row.facts.startswith("map fitted on 7 generated faces")
    table = tmp_path / "mapped.csv"
    export_rows(table, [row])
    assert again(table, ONE, maps).read_bytes() == table.read_bytes()
    row = made(networks, LabChoice(maps=str(maps), alter=AlterChoice(rotation=17)))
    assert "no map for sface, rotated-17" in row.remark
    assert row.scores[0].mapped is None


def test_where_nothing_is_hidden_the_row_says_what_to_do(networks, tmp_path):
    row = made(networks, LabChoice(operation="occlusion", occlusion=OcclusionChoice(regions=())))
    assert "draw on the photograph" in row.remark
    assert (row.scores, row.after) == ((), None)
    with pytest.raises(UserError, match="nothing is hidden"):
        export_rows(tmp_path / "nothing.csv", [row])


def test_a_face_that_is_not_found_again_says_so(networks):
    whole = Patch.rectangle(-1, -1, 2, 2)
    chosen = OcclusionChoice(regions=(), patches=(whole,), realign=True)
    row = made(networks, LabChoice(operation="occlusion", occlusion=chosen))
    assert row.remark == "No face is found in the picture any more."
    assert (row.scores, row.after) == ((), None)
    assert row.before is not None


def test_an_embedding_without_an_attribute_is_a_vector_that_names_its_command(networks, tmp_path):
    size = 128
    record = ModifierRecord(
        encoder="sface", attribute="gender", classes=("woman", "man"), dimension=size, dependent=16, hidden=8,
        directions=1, trained_on=2,
    )  # fmt: skip
    torch.manual_seed(1)
    eraser = LinearEraser(torch.nn.functional.normalize(torch.randn(size, 1), dim=0), torch.zeros(size))
    file = save_modifier(Modifier(Disentangler(size, 2, 16, 8), eraser, record), "card", tmp_path / "own.safetensors")
    choice = LabChoice(operation="modify", modify=ModifyChoice(method="linear"), modifier=str(file))
    row = made(networks, choice)
    assert row.remark == ""
    assert [one.score.encoder for one in row.scores] == ["sface"]
    out = tmp_path / "out.npy"
    export_rows(out, [row])
    assert np.allclose(np.load(out), row.after)
    assert read_provenance(out)["command"][:3] == ["lab", "modify", ONE.name]
    several = tmp_path / "several.npy"
    export_rows(several, [row, row])
    assert np.load(several).shape == (2, size)
    with pytest.raises(UserError, match=r"go into a \.npy file"):
        export_rows(tmp_path / "several.csv", [row, row])


def test_what_is_missing_is_said_in_the_row(networks, tmp_path):
    row = made(networks, LabChoice(operation="modify", modifier=str(tmp_path / "none.safetensors")))
    assert "likeness train modification" in row.remark
    row = made(networks, LabChoice(maps=str(tmp_path / "none.safetensors")))
    assert "cannot be read as a file of maps" in row.remark
    assert row.made is None
    with pytest.raises(UserError, match="there is no row of"):
        export_rows(tmp_path / "none.csv", [row])
    with pytest.raises(UserError, match="no row to write"):
        export_rows(tmp_path / "none.csv", [])
