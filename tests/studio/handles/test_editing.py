"""Handles read and move faces, draw their figures, and are judged by others; what does not fit is refused."""

import numpy as np
import pytest
import torch

from explorer.science.training.edits import Direction
from explorer.science.translation.attributes import LabelledStyles
from explorer.science.translation.network import Translator
from explorer.science.translation.record import TranslatorRecord
from explorer.science.translation.settings import TranslatorSettings
from explorer.studio.catalogue import translators
from explorer.studio.corpus.translator_judged import HandleEditor, judge_edits
from explorer.studio.corpus.translator_photographs import ReadFace, areas_of, elements_and_classes
from explorer.studio.errors import UserError
from explorer.studio.handles.editing import load_editor
from explorer.studio.handles.figures import PLACES, draw_edits, draw_elements, figure_of

LAYERS, WIDTH = 2, 8


def editor(generator="mobilestylegan-ffhq") -> HandleEditor:
    """One whose elements are the first two coordinates, in units of a spread of 1."""
    translator = Translator(torch.zeros(WIDTH), torch.ones(WIDTH), LAYERS, 2, 4).requires_grad_(False)
    record = TranslatorRecord(
        settings=TranslatorSettings(couplings=2, hidden=4, begins="coordinates"),
        generator=generator,
        layers=LAYERS,
        width=WIDTH,
        elements={"smiling": 0, "gender": 1},
        classes={"smiling": ("not smiling", "smiling"), "gender": ("female", "male")},
    )
    return HandleEditor(translator, record)


class Drawing:
    """What is drawn tells the first coordinates."""

    mean_w = torch.zeros(WIDTH)

    def image(self, styles, size):
        return styles.mean(1)[:, :3, None, None].sigmoid().expand(-1, -1, size, size)


def test_a_handle_that_is_set_is_read_back_and_the_others_stay():
    styles = torch.randn(3, LAYERS, WIDTH)
    moved = editor().moved(styles, {"smiling": 4.0})
    assert torch.allclose(editor().read(moved)["smiling"], torch.full((3,), 4.0), atol=1e-5)
    assert torch.allclose(editor().read(moved)["gender"], editor().read(styles)["gender"], atol=1e-5)
    assert editor().moved(styles, {}) is styles
    with pytest.raises(UserError, match="choose that generator"):
        editor().read(torch.zeros(1, LAYERS + 1, WIDTH))


def test_the_programs_own_is_missed_in_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr(translators, "translator_file", lambda: tmp_path / "translator.safetensors")
    with pytest.raises(UserError, match="train one with `likeness train translator"):
        load_editor()
    translators.save_translator(editor().translator, editor().record, "card", tmp_path / "translator.safetensors")
    assert load_editor().record == editor().record
    (tmp_path / "translator.safetensors").write_bytes(b"none")
    with pytest.raises(UserError, match="damaged"):
        load_editor(tmp_path / "translator.safetensors")


def test_rows_of_edits_have_a_row_for_each_handle_and_for_all_and_a_histogram_for_each_class():
    photograph = np.full((16, 16, 3), 90, np.uint8)
    figure = draw_edits(editor(), Drawing(), torch.randn(LAYERS, WIDTH), ["smiling", "gender"], photograph, 8)
    assert sum(bool(axes.images) for axes in figure.axes) == 2 + 3 * len(PLACES)
    assert sum(bool(axes.images) for axes in draw_edits(
        editor(), Drawing(), torch.zeros(LAYERS, WIDTH), ["gender"], None, 8).axes) == 1 + len(PLACES)  # fmt: skip
    values, truth = np.linspace(-2, 2, 30), np.repeat([0, 1], 15)
    draw_elements("gender", ("female", "male"), values, truth, "labels", "1.000")
    assert (figure_of("gender"), figure_of("smiling"), figure_of("hat")) == ("figure-11", "figure-12", "elements-hat")


def test_areas_are_by_person_and_need_both_classes():
    faces = [
        ReadFace(str(number % 4), "face", torch.zeros(1), {"smiling": float(number)}, {"smiling": int(number > 3)})
        for number in range(8)
    ]
    assert areas_of(faces, ["smiling"])["smiling"].value == 1
    assert areas_of(faces[:3], ["smiling"]) == {}
    assert elements_and_classes(faces, "gender")[0].shape == (0,)
    with pytest.raises(UserError, match="no usable face"):
        areas_of([], ["smiling"])


class Seen:
    """A face of two numbers: what the labeller says, and who it is."""

    def __init__(self, label, who):
        self.label, self.who = label, who

    def cosine(self, other):
        return 1 - abs(self.who - other.who)


class Judges:
    """The labeller reads the first coordinate; identity is the third, which the linear direction moves too."""

    editor = editor()

    def see(self, styles):
        mean = styles.mean(1)[0]
        return None if mean[0].abs() > 50 else Seen(float(mean[0]), float(mean[2]))

    def side_of(self, seen, name):
        return seen.label


def test_edits_are_compared_where_the_labeller_changes_its_answer():
    w = torch.zeros(4, WIDTH)
    w[:, 0] = torch.tensor([0.5, -0.5, 1.5, 60.0])  # of the last one no face is found
    faces = LabelledStyles(w, w, torch.zeros(4, dtype=torch.int64), LAYERS, torch.zeros(4), {})
    normal = torch.zeros(WIDTH)
    normal[0], normal[2] = 1.0, 0.1
    smile = Direction("smile", normal, 1.0, 1.0, (1.0, 3.0))
    steps = []
    rows = {row.attribute: row for row in judge_edits(Judges(), faces, {"smile": smile}, lambda *at: steps.append(at))}
    smiling = rows["smiling"]
    assert (smiling.faces, smiling.paired, smiling.never, smiling.flips.value) == (3, 3, 0, 1)
    assert smiling.cosine.value == pytest.approx(1)
    # The answer changes at 0.5, 0.5 and 1.5 along the direction, a tenth of which is another person.
    assert smiling.cosine_linear.value == pytest.approx(1 - 0.1 * (0.5 + 0.5 + 1.5) / 3, abs=1e-5)
    assert smiling.gained.value == pytest.approx(smiling.cosine.value - smiling.cosine_linear.value)
    gender = rows["gender"]
    assert (gender.flips.value, gender.never, gender.never_linear, gender.gained) == (0, 3, 3, None)
    assert len(steps) == 8
