"""What is chosen in the laboratory: names that the commands read, lines that are commands, and what a session keeps."""

from __future__ import annotations

import shlex
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from explorer.science.laboratory.geometry import AlterationError, alteration_of
from explorer.science.leakage.edits import Patch
from explorer.studio.app.features import new_session
from explorer.studio.commands._lab_occlusion import chosen_occlusions
from explorer.studio.faces.state import FACES, PHOTOGRAPHS, VECTORS, LoadedFace, LoadedPhotograph, LoadedVector
from explorer.studio.laboratory.chosen import chosen_keys
from explorer.studio.laboratory.codec import CODEC
from explorer.studio.laboratory.command_words import command_lines
from explorer.studio.laboratory.row_making import occlusion_of
from explorer.studio.laboratory.state import LAB
from explorer.studio.laboratory.values import AlterChoice, AttackChoice, LabChoice, LabFace, OcclusionChoice
from explorer.studio.session.saving.archive import read_session, write_session
from explorer.studio.session.snapshot import Snapshot, capture
from explorer.studio.session.snapshot import load as load_snapshot
from tests.studio.slice_kit import EMBEDDING, FACE, KEY, PHOTOGRAPH, PIXELS, SHA, VECTOR_KEY, VECTOR_SHA

STROKE = Patch(points=((0.2, 0.4), (0.8, 0.4)), width=0.1)
AREA = Patch.rectangle(0.25, 0.25, 0.75, 0.5)


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({}, "rotated-30"),
        ({"rotation": 0}, "upright"),
        ({"rotation": -90, "right": -0.2}, "rotated-270+shifted-left-0.2"),
        ({"rotation": 0, "right": 0.1, "down": 0.3, "scale": 0.5}, "shifted-right-0.1+shifted-down-0.3+scaled-0.5"),
    ],
)
def test_an_alteration_is_what_its_name_says(values, name):
    chosen = AlterChoice(**values)
    assert chosen.name == name
    one = alteration_of(name)
    turned = one.rotation - 360 if one.rotation > 180 else one.rotation
    assert (turned, one.right, one.down, one.scale) == (chosen.rotation, chosen.right, chosen.down, chosen.scale)


def test_alterations_that_are_joined_do_what_each_does():
    one = alteration_of("rotated-30+shifted-left-0.1+scaled-1.5")
    assert (one.rotation, one.right, one.down, one.scale) == (30.0, -0.1, 0.0, 1.5)
    with pytest.raises(AlterationError, match="says rotation twice"):
        alteration_of("rotated-30+rotated-60")
    with pytest.raises(AlterationError, match="no alteration called 'mirrored'"):
        alteration_of("rotated-30+mirrored")


@pytest.mark.parametrize(
    "bad",
    [
        {"operation": "guess"},
        {"alter": {"scale": 0}},
        {"occlusion": {"regions": ("ears",)}},
        {"attack": {"method": "pgd"}},
        {"attack": {"budget": -1}},
        {"modify": {"attribute": ""}},
    ],
)
def test_what_cannot_be_chosen_is_refused(bad):
    with pytest.raises(ValidationError):
        LabChoice.model_validate(bad)


def session_of(faces: int = 1):
    session = new_session()
    session[PHOTOGRAPHS] = {SHA: LoadedPhotograph(SHA, PHOTOGRAPH, PIXELS)}
    session[FACES] = {
        f"{SHA}/{number}": LoadedFace(f"{SHA}/{number}", "jane.png", SHA, FACE, PIXELS, PIXELS)
        for number in range(faces)
    }
    session[VECTORS] = {VECTOR_KEY: LoadedVector(VECTOR_KEY, "aim.npy", VECTOR_SHA, session_encoder(), EMBEDDING)}
    return session


def session_encoder() -> str:
    return "arcface-mbf"


def whose(number: int = 0) -> LabFace:
    return LabFace(f"{SHA}/{number}", "jane.png", PHOTOGRAPH, FACE, {"arcface-mbf": EMBEDDING}, PIXELS)


@pytest.mark.parametrize(
    ("choice", "line"),
    [
        (LabChoice(), "likeness lab alter jane.png --alteration rotated-30 --realignment without"),
        (
            LabChoice(operation="occlusion", occlusion=OcclusionChoice(regions=("eyes",), fill="mean", realign=True)),
            "likeness lab occlusion jane.png --hide eyes --fill mean --realign",
        ),
        (
            LabChoice(operation="attack", attack=AttackChoice(method="bim", steps=5)),
            "likeness lab attack jane.png --away --method bim --budget 8 --steps 5 --encoder arcface-mbf --out DIR",
        ),
        (
            LabChoice(operation="attack", attack=AttackChoice(towards=VECTOR_KEY)),
            "likeness lab attack jane.png --towards aim.npy --method fgsm --budget 8 --encoder arcface-mbf --out DIR",
        ),
        (
            LabChoice(operation="modify"),
            "likeness lab modify jane.png --attribute gender --method network --encoder arcface-mbf --out OUT.npy",
        ),
    ],
)
def test_the_window_says_which_command_does_the_same(choice, line):
    session = session_of()
    session[LAB] = choice
    assert command_lines(session, (whose(),)) == [line]


def test_of_a_photograph_with_several_faces_the_command_says_which_one():
    session = session_of(2)
    lines = command_lines(session, (whose(0), whose(1)))
    assert [line.rpartition(" --face ")[2] for line in lines] == ["1", "2"]


def test_the_command_hides_what_the_window_hides():
    session, chosen = session_of(), OcclusionChoice(regions=("eyes", "mouth"), patches=(STROKE, AREA))
    session[LAB] = LabChoice(operation="occlusion", occlusion=chosen)
    (line,) = command_lines(session, (whose(),))
    words = shlex.split(line)
    options = {name: words[words.index(name) + 1] for name in ("--hide", "--rectangle", "--stroke")}
    rectangles, strokes = [options["--rectangle"]], [options["--stroke"]]
    (by_command,) = chosen_occlusions(options["--hide"], rectangles, strokes, together="--together" in words)
    assert by_command == occlusion_of(chosen)


def test_several_of_a_kind_are_named_as_the_command_names_them():
    occlusion = occlusion_of(OcclusionChoice(regions=(), patches=(STROKE, AREA, STROKE)))
    assert occlusion is not None
    assert occlusion.name == "rectangle, stroke 1, stroke 2"
    assert occlusion_of(OcclusionChoice(regions=())) is None


def test_ticked_faces_come_in_the_order_of_the_session_and_without_a_tick_the_selected_one():
    from explorer.studio.faces.state import SELECTED

    session = session_of(3)
    assert chosen_keys(session) == ()
    session[SELECTED] = f"{SHA}/2"
    assert chosen_keys(session) == (f"{SHA}/2",)
    session[LAB] = LabChoice(faces=(f"{SHA}/1", "nobody/0", KEY))
    assert chosen_keys(session) == (KEY, f"{SHA}/1")


def test_a_session_keeps_what_is_chosen_and_names_no_file_of_this_machine(tmp_path: Path):
    session = session_of()
    chosen = LabChoice(operation="occlusion", occlusion=OcclusionChoice(patches=(STROKE,)), faces=(KEY,))
    session[LAB] = chosen.model_copy(update={"maps": "/home/jane/maps.safetensors", "modifier": "/home/jane/m.st"})
    path = write_session(tmp_path / "work.likeness", capture(session))
    assert b"/home/jane" not in path.read_bytes()
    again = new_session()
    load_snapshot(again, read_session(path, again.codecs))
    assert again[LAB] == chosen


@pytest.mark.parametrize("bad", ["a text", {"operation": "guess"}, {"faces": "all"}, {"unheard": 1}])
def test_what_a_damaged_session_chose_is_refused(bad):
    with pytest.raises(ValidationError):
        CODEC.read(bad, {}, Snapshot())


def test_a_session_of_a_stranger_names_no_file_that_is_read():
    said = LabChoice(maps="/etc/maps", modifier="/etc/modifier").model_dump(mode="json")
    assert CODEC.read(said, {}, Snapshot()) == {LAB: LabChoice()}
    assert CODEC.read(None, {}, Snapshot()) == {}


def test_rows_do_not_follow_from_settings_of_other_operations():
    one, other = LabChoice(), LabChoice(attack=AttackChoice(budget=2), modifier="file", faces=(KEY,))
    assert one.made_by == other.made_by
    assert one.made_by != LabChoice(maps="file").made_by
    assert np.array_equal(PIXELS, PHOTOGRAPH.pixels)
