"""Figures of Deep Face Decoder in the composer: the command's bytes, made once, nothing of a forgotten face."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from explorer.studio.app import cli
from explorer.studio.composer import laboratory_drawing
from explorer.studio.composer.composition import Composition, impossible
from explorer.studio.composer.handlers import ComposeHandlers
from explorer.studio.composer.laboratory_choice import PAPER, LaboratoryFigure
from explorer.studio.composer.requests import ComposeLaboratory, FigureInputs
from explorer.studio.composer.state import COMPOSING
from explorer.studio.export import provenance
from explorer.studio.export.picture_grid import GridOptions
from explorer.studio.export.provenance import read_provenance
from explorer.studio.faces.state import ENCODER, FACES
from explorer.studio.inversion.targets import open_photograph
from explorer.studio.laboratory.chosen import faces_of
from explorer.studio.laboratory.figure_export import FigureParts, draw_parts, export_figure, own_decoder
from explorer.studio.laboratory.figure_presets import FIGURES, FigureSettings
from explorer.studio.laboratory.figure_values import FigureFace
from explorer.studio.laboratory.values import LabFace
from explorer.studio.session.state import ACTIVITIES
from tests.studio.laboratory.test_controller import Desk
from tests.studio.laboratory.test_figures import Noise, nothing, shipped  # noqa: F401 - a fixture
from tests.studio.reproducing.again_kit import P002, made_again


@pytest.fixture
def desk(shipped) -> Desk:  # noqa: F811
    made = Desk()
    made.engine._handlers.update(ComposeHandlers(SimpleNamespace(networks=lambda control: Noise())).table())
    made.session[ENCODER] = "sface"
    return made


@pytest.fixture
def one_moment(monkeypatch):
    """Files of the same content are the same to the byte: none says another time."""
    clock = SimpleNamespace(now=lambda zone: datetime(2026, 1, 1, tzinfo=UTC))
    monkeypatch.setattr(provenance, "datetime", clock)


def figure(number: str, faces=(), encoders=("sface",), source=True, **settings) -> Composition:
    layer, drawn = settings.pop("layer", ""), {"dpi": settings.pop("dpi", 72)}
    asked = FigureSettings(number=number, **settings)
    chosen = LaboratoryFigure(settings=asked, faces=tuple(faces), encoders=encoders, layer=layer)
    return Composition(layout="laboratory", laboratory=chosen, width=180, source=source, **drawn)


@pytest.mark.parametrize(("number", "ending"), [("1", "png"), ("7", "svg"), ("15", "png"), ("15", "csv")])
def test_what_is_written_is_what_the_command_writes_to_the_byte(desk, tmp_path, one_moment, number, ending):
    composed, commanded = tmp_path / f"composed.{ending}", tmp_path / f"commanded.{ending}"
    desk.bench.composer.export(composed, figure(number, desk.keys))
    desk.settle()
    faces = tuple(FigureFace(one.photograph, one.face) for one in faces_of(desk.session, desk.keys))
    parts = FigureParts(FigureSettings(number=number), faces, (own_decoder("sface"),))
    export_figure(commanded, parts, draw_parts(Noise(), parts, nothing), GridOptions(dpi=72))
    assert composed.read_bytes() == commanded.read_bytes()
    assert read_provenance(composed) == read_provenance(commanded)


def test_a_figure_is_made_once_for_its_preview_its_file_and_its_numbers(desk, tmp_path, monkeypatch):
    made = []
    monkeypatch.setattr(laboratory_drawing, "draw_parts", lambda *given: made.append(given) or draw_parts(*given))
    chosen = figure("1", desk.keys)
    desk.bench.composer.preview(chosen)
    desk.settle()
    state = desk.session[COMPOSING]
    assert state.preview.ndim == 3
    assert state.size[0] == pytest.approx(2 * 42 + 1.6, abs=0.5), "two faces are no wider than they need"
    desk.bench.composer.preview(chosen.model_copy(update={"width": 60.0}))
    for ending in ("png", "csv"):
        desk.bench.composer.export(tmp_path / f"figure.{ending}", chosen)
    desk.settle()
    assert len(made) == 1
    desk.bench.composer.preview(figure("1", desk.keys[::-1]))
    desk.settle()
    assert len(made) == 2, "the order of the faces is the figure's"


def test_what_takes_long_is_drawn_when_it_is_asked_for(desk):
    chosen = figure("12", desk.keys, budget=8)
    desk.bench.composer.preview(chosen)
    desk.settle()
    assert desk.session[COMPOSING].remark == "Figure 12 takes a while: press Draw."
    assert not any(isinstance(one.request, ComposeLaboratory) for one in desk.engine.submitted)
    desk.bench.composer.preview(chosen, asked=True)
    desk.settle()
    assert desk.session[COMPOSING].preview is not None
    desk.bench.composer.preview(chosen.model_copy(update={"mark": False}))
    desk.settle()
    assert desk.session[COMPOSING].preview is not None, "only its look changed"


def test_another_choice_leaves_what_is_under_way(desk):
    desk.bench.composer.preview(figure("1", desk.keys))
    desk.bench.composer.preview(figure("1"))
    desk.settle()
    assert desk.session[COMPOSING].preview is None
    assert "figure 1 takes 1 to 12 faces: 0 are ticked" in desk.session[COMPOSING].remark
    assert desk.session[ACTIVITIES] == ()


@pytest.mark.parametrize(("number", "encoders"), [("1", ("edgeface-s",)), ("17", ()), ("5", ())])
def test_where_there_is_no_decoder_it_says_which_command_trains_one(desk, number, encoders):
    desk.session[ENCODER] = "edgeface-s"
    desk.bench.composer.preview(figure(number, desk.keys, encoders, layer="stages.3" if number == "5" else ""))
    desk.settle()
    assert "no decoder for edgeface-s: train one with `likeness train decoder" in desk.session[COMPOSING].remark


def test_with_no_decoder_at_all_any_can_be_trained(desk, shipped):  # noqa: F811
    shipped("sface").unlink()
    desk.bench.composer.preview(figure("1", desk.keys, ()))
    desk.settle()
    assert "there is no decoder yet: train one with `likeness train decoder" in desk.session[COMPOSING].remark


@pytest.mark.parametrize("under_way", [False, True])
def test_nothing_of_a_forgotten_face_is_left(desk, under_way):
    desk.bench.composer.preview(figure("1", desk.keys))
    if not under_way:
        desk.settle()
        assert desk.session[COMPOSING].holds_faces
    desk.bench.faces.remove_face(desk.keys[0])
    desk.settle()
    assert not desk.session[COMPOSING].holds_faces


@pytest.mark.parametrize(
    ("number", "count", "given", "complaint"),
    [
        ("1", 0, {}, "figure 1 takes 1 to 12 faces: 0 are ticked"),
        ("12", 1, {}, "figure 12 takes 2 faces, first who is attacked, then who is aimed at: 1 is ticked"),
        ("14", 1, {}, "figure 14 takes 2 to 60 faces: 1 is ticked"),
        ("8", 1, {"source": False}, "this figure shows the photographs: allow them below Content"),
        ("4", 1, {}, "figure 4 stands two encoders side by side: tick two, not 1"),
        ("17", 1, {"encoders": ("sface", "dlib-resnet")}, "figure 17 is of one encoder: tick one, not 2"),
        ("5", 1, {}, "figure 5 stands a layer beside its encoder: name one that has a decoder"),
    ],
)
def test_what_a_figure_does_not_take_is_said_before_it_is_begun(desk, number, count, given, complaint):
    assert impossible(desk.session, figure(number, desk.keys[:count], **given)) == complaint


def test_decodes_alone_show_no_photograph(desk):
    for number in PAPER:
        shown = not impossible(desk.session, figure(number, desk.keys, ("sface",), source=False))
        assert shown == (number in ("14", "15"))


def test_a_face_that_is_not_embedded_yet_is_waited_for(desk):
    key = desk.keys[0]
    face = desk.session[FACES][key]
    desk.session[FACES] = {**desk.session[FACES], "new/0": face}
    assert "still being embedded" in impossible(desk.session, figure("1", [key, "new/0"]))


def test_every_figure_of_chosen_faces_has_its_place_in_order():
    assert list(PAPER) == ["1", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "14", "15", "17"]
    assert set(FIGURES) < set(PAPER)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "command"),
    [
        ("1", ["figure", "1"]),
        ("10", ["alter", "--alteration", "scaled-0.5", "--alteration", "scaled-1.5"]),
        ("11", ["occlusion", "--hide", "eyes,mouth"]),
    ],
)
def test_of_photographs_it_is_the_commands_file_and_made_again(
    number,
    command,
    shipped,  # noqa: F811
    tmp_path,
    one_moment,
    networks,
    capsys,
):
    commanded, composed = tmp_path / "commanded.png", tmp_path / "composed.png"
    assert cli.main(["lab", *command, str(P002), "--encoder", "sface", "--out", str(commanded)]) == 0
    photograph, face = open_photograph(networks, P002)
    faces = (LabFace("0", P002.name, photograph, face, {}, np.zeros((8, 8, 3), np.uint8)),)
    handlers = ComposeHandlers(SimpleNamespace(networks=lambda control: networks))
    request = ComposeLaboratory(figure(number, "0", dpi=300), FigureInputs(faces=faces), composed)
    for _ in handlers.compose_laboratory(request, SimpleNamespace()):
        pass
    assert composed.read_bytes() == commanded.read_bytes()
    again = made_again(composed, P002, networks=networks)
    assert again.same
    assert again.differences == ()
    with Image.open(again.files[0]) as once_more, Image.open(composed) as before:
        assert np.array_equal(np.asarray(once_more), np.asarray(before))
