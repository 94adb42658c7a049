from __future__ import annotations

import numpy as np
import pytest
import torch
from matplotlib.ft2font import FT2Font

from explorer.science.faces.alignment import ARCFACE_112, DLIB_150, align, as_image, frame_matrix, transform
from explorer.studio.export.lettering import badged, font_file, mark, marked, width_of, wrapped
from tests.studio.export.made_up import made_up_picture


@pytest.mark.parametrize("template", [ARCFACE_112, DLIB_150], ids=lambda template: template.name)
def test_the_mark_lies_outside_of_what_an_encoder_sees_of_a_face_in_the_frame(template):
    points = torch.tensor([template.points], dtype=torch.float64)
    in_frame = transform(frame_matrix(points, 1024), points)
    plain = np.full((1024, 1024, 3), 128, np.uint8)
    seen = [align(as_image(image).double(), in_frame, template) for image in (plain, marked(plain))]
    assert (plain != marked(plain)).any()
    assert torch.equal(*seen)


@pytest.mark.parametrize("side", [48, 128, 256, 1024])
def test_the_mark_fits_and_leaves_the_original_and_the_rest_of_the_picture_alone(side):
    picture = made_up_picture(0, side)
    before = picture.copy()
    with_mark = marked(picture)
    np.testing.assert_array_equal(picture, before)
    changed = (with_mark != picture).any(axis=-1)
    assert changed.any()
    assert not changed[: round(side * 0.7)].any()
    assert with_mark.shape == picture.shape


@pytest.mark.parametrize("side", [64, 256, 1024])
def test_the_badge_lies_in_the_other_corner_and_leaves_the_rest_alone(side):
    picture = made_up_picture(0, side)
    changed = (badged(picture) != picture).any(axis=-1)
    assert changed[: side // 2].any()
    assert not changed[round(side * 0.3) :].any()
    both = badged(marked(picture))
    assert (both[: side // 2] == badged(picture)[: side // 2]).all()
    assert (both[side // 2 :] == marked(picture)[side // 2 :]).all()


def test_a_small_picture_carries_fewer_words_as_large_as_was_asked():
    large, small = (mark(width, 12) for width in (400, 110))
    assert small.shape[0] == large.shape[0], "set in the same size"
    assert small.shape[1] < 0.6 * large.shape[1]
    assert small.shape[1] <= 110


def test_widths_are_those_of_the_typeface():
    # In a tabular typeface all digits are equally wide, and a text twice as long is twice as wide.
    widths = {width_of(digit, 7) for digit in "0123456789"}
    assert len(widths) == 1
    assert width_of("00", 7) == pytest.approx(2 * widths.pop())
    assert width_of("abc", 14) == pytest.approx(2 * width_of("abc", 7))


def test_wrapping_loses_no_word_and_keeps_to_the_width():
    text = "Scores are taken on the saved image, detected and aligned again; thresholds lie at an FMR of 10⁻³"
    lines = wrapped(text, 6, 40)
    assert " ".join(lines) == text
    assert len(lines) > 1
    assert all(width_of(line, 6) <= 40 for line in lines)
    assert wrapped("Donaudampfschifffahrtsgesellschaft", 6, 5) == ["Donaudampfschifffahrtsgesellschaft"]


@pytest.mark.parametrize("weight", ["Regular", "Medium", "SemiBold"])
def test_the_typeface_has_true_type_outlines_and_the_signs_that_figures_use(weight):
    path = font_file(weight)
    # PDF embeds TrueType outlines as text that can be edited; these files begin with this number.
    assert path.read_bytes()[:4] == b"\0\1\0\0"
    characters = FT2Font(str(path)).get_charmap()
    assert set(map(ord, "0123456789abcxyzÄéß<×·…–’⁻⁰⁶ψ")) <= set(characters)
