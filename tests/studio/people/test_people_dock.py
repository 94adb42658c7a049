"""The People dock's commands on the real handlers, in pictures of 32 pixels."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from explorer.science.synthetic.lamp_light import PRESETS, LampLight
from explorer.science.synthetic.scene import GROUPS
from explorer.studio.app import cli
from explorer.studio.app.features import new_session
from explorer.studio.app.workbench import Workbench
from explorer.studio.engine.fake import FakeEngine
from explorer.studio.errors import UserError
from explorer.studio.faces.requests import OpenPhotographs
from explorer.studio.faces.state import FACES, PHOTOGRAPHS
from explorer.studio.people import pictures_controller, scene_changes
from explorer.studio.people.choice import PersonChoice
from explorer.studio.people.handlers import PeopleHandlers
from explorer.studio.people.person_controller import PersonController
from explorer.studio.people.picture_truth import truth_words
from explorer.studio.people.pictures_controller import PicturesController
from explorer.studio.people.requests import DrawScene, TraceScene
from explorer.studio.people.scene_file import read_scene
from explorer.studio.people.shape_vectors import shape_vectors
from explorer.studio.people.state import PEOPLE_SHOWN, PERSON, TRUTHS
from explorer.studio.reproducing.kinds import again_of
from explorer.studio.session.state import NOTIFICATIONS
from tests.ui.canned import HANDLERS

SIZE = 32


class Desk:
    """A workbench on a fake engine that really draws."""

    def __init__(self) -> None:
        self.session = new_session()
        self.engine = FakeEngine({**HANDLERS, **PeopleHandlers().table()})
        self.workbench = Workbench(self.engine, self.session, {})
        self.engine.connect(self.workbench.handle)
        self.person = self.workbench.controller(PersonController)
        self.pictures = self.workbench.controller(PicturesController)

    @property
    def choice(self) -> PersonChoice:
        return self.session[PERSON]

    def drawn(self) -> np.ndarray:
        self.engine.run()
        picture = self.session[PEOPLE_SHOWN].in_view
        assert picture is not None
        return picture.pixels


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    desk.person.set_rendering(size=SIZE)
    desk.pictures.watch(True)
    yield desk
    desk.workbench.close()


def pixels_of(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image)


def test_the_picture_is_that_of_the_command_line(desk: Desk, tmp_path: Path) -> None:
    desk.person.show(5)
    seeded = desk.drawn()
    options = ["--labelled", "--seed", "5", "--size", str(SIZE)]
    assert cli.main(["people", "draw", "--out", str(tmp_path / "seeded"), *options]) == 0
    assert np.array_equal(seeded, pixels_of(tmp_path / "seeded" / "person-5-0.png"))
    desk.person.change("turn", yaw=20.0)
    desk.person.slide("gender", 0.9)
    desk.person.light_as("Evening")
    desk.person.wear_glasses("round")
    changed = desk.drawn()
    desk.person.save_scene(tmp_path / "scene.json")
    desk.engine.run()
    given = ["--scene", str(tmp_path / "scene.json"), "--size", str(SIZE)]
    assert cli.main(["people", "draw", "--out", str(tmp_path / "changed"), *given]) == 0
    assert np.array_equal(changed, pixels_of(tmp_path / "changed" / "person-scene-0.png"))
    assert not np.array_equal(changed, seeded)


def test_while_a_slider_moves_one_picture_is_drawn_at_a_time_and_the_newest_comes_next(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures_controller, "COARSE", SIZE - 1)
    desk.drawn()
    before = len(desk.engine.submitted)
    for yaw in range(1, 30):
        desk.person.change("turn the head", yaw=float(yaw))
    asked = [ticket.request for ticket in desk.engine.submitted[before:]]
    assert [one.scene.yaw for one in asked if isinstance(one, DrawScene)] == [1.0]
    desk.drawn()
    asked = [ticket.request for ticket in desk.engine.submitted[before:] if isinstance(ticket.request, DrawScene)]
    assert [(one.scene.yaw, one.coarse) for one in asked] == [(1.0, True), (29.0, True), (29.0, False)]
    picture = desk.session[PEOPLE_SHOWN].in_view
    assert picture is not None
    assert picture.truth is not None
    assert picture.truth.scene == desk.choice.scene
    desk.workbench.undo()
    assert desk.choice.scene is not None
    assert desk.choice.scene.yaw not in range(1, 30), "a slider's moves are taken back together"


def test_a_sent_picture_is_a_face_whose_truth_stands_beside_it_and_goes_with_it(desk: Desk) -> None:
    desk.person.show(3)
    pixels = desk.drawn()
    desk.pictures.send_to_faces()
    desk.pictures.send_to_faces()
    desk.engine.run()
    (key,) = desk.session[PHOTOGRAPHS]
    assert np.array_equal(desk.session[PHOTOGRAPHS][key].photograph.pixels, pixels)
    assert not desk.session[PHOTOGRAPHS][key].photograph.generated, "a rendering is none of the generator's faces"
    truth = desk.session[TRUTHS][key]
    assert truth.scene == desk.choice.scene
    macros = truth.scene.person.macros
    assert macros is not None
    assert truth.attributes()["gender"] == f"slider {macros.gender:.2f}, {macros.sex}"
    assert f"gender {macros.gender:.2f} {macros.sex}" in truth_words(truth)
    (face,) = desk.session[FACES]
    desk.workbench.faces.remove_face(face)
    assert not desk.session[TRUTHS]


def test_what_is_still_being_drawn_is_not_sent(desk: Desk) -> None:
    desk.drawn()
    desk.person.change("turn", yaw=11.0)
    assert desk.pictures.why_not_sent() == "the picture is being drawn"
    desk.pictures.send_to_faces()
    assert not [one for one in desk.engine.submitted if isinstance(one.request, OpenPhotographs)]
    assert desk.session[NOTIFICATIONS][-1].text == "the picture is being drawn"


def test_labels_hold_where_sliders_move_and_go_where_vectors_do(desk: Desk) -> None:
    desk.person.slide("asian", 0.75)
    scene = desk.choice.scene
    assert scene is not None
    assert scene.person.macros is not None
    assert scene.person.macros.groups[GROUPS.index("asian")] == 0.75
    assert sum(scene.person.macros.groups) == pytest.approx(1)
    vector = shape_vectors()[0]
    desk.person.move_along(vector.name, vector.unit, 1.25)
    scene = desk.choice.scene
    assert scene is not None
    assert scene.person.macros is None
    assert scene.person.seed is None
    assert scene_changes.along(scene, vector.unit) == pytest.approx(1.25, abs=1e-3)
    desk.person.slide("gender", 0.5)
    assert "not drawn by sliders" in desk.session[NOTIFICATIONS][-1].text
    desk.person.reset()
    assert desk.choice.scene == scene_changes.scene_drawn(desk.choice)


def test_the_next_person_is_seen_in_the_picture_that_is_kept(desk: Desk) -> None:
    desk.person.change("turn", yaw=33.0)
    desk.person.keep_picture(True)
    old = desk.choice.scene
    desk.person.show_next()
    new = desk.choice.scene
    assert old is not None
    assert new is not None
    assert new.person.seed == old.person.seed + 1 if old.person.seed is not None else new.person.seed == 1
    assert new.model_copy(update={"person": old.person}) == old
    desk.person.keep_picture(False)
    desk.person.show_next(-1)
    assert desk.choice.scene == scene_changes.scene_drawn(desk.choice)


@pytest.mark.parametrize("name", PRESETS)
def test_one_lamp_is_found_again_in_its_harmonics(name: str) -> None:
    preset = PRESETS[name]
    found = LampLight.of(preset.harmonics())
    assert found.ambient == pytest.approx(preset.ambient, abs=1e-3)
    assert found.strength == pytest.approx(preset.strength, abs=1e-3)
    assert found.warmth == pytest.approx(preset.warmth, abs=1e-3)
    if preset.strength:
        assert (found.azimuth, found.elevation) == pytest.approx((preset.azimuth, preset.elevation), abs=0.02)


def test_an_export_is_made_again_and_its_scene_opened(desk: Desk, tmp_path: Path) -> None:
    desk.person.show(4)
    pixels = desk.drawn()
    path = tmp_path / "person.png"
    desk.pictures.export(path, maps=True)
    desk.engine.run()
    assert {one.name for one in tmp_path.iterdir()} == {
        "person.png",
        "person.json",
        "person-maps.npz",
        "person-maps.npz.json",
    }
    assert np.array_equal(pixels_of(path), pixels)
    assert cli.main(["reproduce", str(path), "--out", str(tmp_path / "again.png")]) == 0
    assert np.array_equal(pixels_of(tmp_path / "again.png"), pixels)
    assert read_scene(path) == read_scene(tmp_path / "person.json") == desk.choice.scene
    desk.person.show(9)
    desk.person.open_scene(path)
    desk.engine.run()
    assert desk.choice.seed == 4
    assert np.array_equal(desk.drawn(), pixels)


@pytest.mark.parametrize(
    "content",
    [b"", b"[1]", b'{"scene": {"yaw": 1000}}', b'{"scene": {"nonsense": 1}}', b"{" * 100_000, b"x" * 2_000_000],
)
def test_a_file_that_is_no_scene_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "scene.json"
    path.write_bytes(content)
    with pytest.raises(UserError) as refused:
        read_scene(path)
    assert len(str(refused.value).splitlines()) == 1


def test_a_record_with_a_damaged_scene_is_refused() -> None:
    with pytest.raises(UserError):
        again_of(json.loads('{"kind": "drawn person", "part": "picture", "scene": {"yaw": "x"}}'), "person.png")


def test_without_the_path_tracer_the_raster_picture_stays_and_says_what_to_install(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("explorer.studio.extras.find_spec", lambda name: None)
    raster = desk.drawn()
    desk.person.set_rendering(spectrum="infrared")
    assert desk.choice.rendering.renderer == "path"
    assert np.array_equal(desk.drawn(), raster)
    assert [one for one in desk.engine.submitted if isinstance(one.request, TraceScene)]
    assert "likeness[render]" in desk.session[PEOPLE_SHOWN].remark
    assert not desk.pictures.why_not_sent()


def test_without_its_model_nobody_is_drawn_and_nobody_is_sent(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise UserError("the morphable model is missing: install Likeness again")

    monkeypatch.setattr("explorer.studio.people.handlers.people_model", missing)
    desk.engine.run()
    assert "the morphable model is missing" in desk.session[PEOPLE_SHOWN].remark
    assert desk.pictures.why_not_sent() == "nobody is drawn yet"
