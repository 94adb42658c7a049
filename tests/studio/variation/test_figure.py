"""The figure of several inversions: what it writes, what it shows of the source, and its map."""

import io

import numpy as np
import pytest
from PIL import Image

from explorer.studio.export.colour_map import coloured
from explorer.studio.export.page import encoded
from explorer.studio.variation.figure import VariationImages, VariationOptions, draw_variation, variation_provenance
from explorer.studio.variation.text import as_csv, as_text, rows
from tests.studio.export.made_up import made_up_picture
from tests.studio.variation.variation_kit import made_up_variation


def svg(made, options=None, target=None) -> str:
    images = VariationImages([one.native for one in made.results], made.mean, made.spread, target)
    return encoded(draw_variation(made.record, images, options), "svg", variation_provenance(made.record)).decode()


@pytest.mark.parametrize("count", [2, 4, 9])
def test_every_run_and_every_row_is_there_and_nothing_lies_outside(count):
    made = made_up_variation(count)
    images = VariationImages([one.native for one in made.results], made.mean, made.spread, made_up_picture(5))
    figure = draw_variation(made.record, images)
    written = encoded(figure, "svg", {}).decode()
    for words in (f"run {count}", "mean of the results", "where they vary", "Smile", "80 %", "21.3 ΔE", "0.62", "–"):
        assert words in written
    assert f"run {count + 1}" not in written
    renderer = figure.canvas.get_renderer()
    for text in figure.texts:
        box = text.get_window_extent(renderer)
        assert box.x0 >= -1
        assert box.x1 <= figure.bbox.width + 1
        assert box.y0 >= -1
        assert box.y1 <= figure.bbox.height + 1


@pytest.mark.slow
def test_the_source_is_shown_where_asked_for_only():
    made = made_up_variation()
    assert "photograph<" in svg(made, target=made_up_picture(1))
    assert "embedding<" in svg(made, target=np.linspace(-1, 1, 512))
    assert "photograph<" not in svg(made)


@pytest.mark.slow
def test_the_same_input_gives_the_same_bytes():
    assert svg(made_up_variation()) == svg(made_up_variation())


@pytest.mark.slow
def test_results_are_marked_and_the_map_is_not():
    made = made_up_variation()
    assert svg(made, VariationOptions(mark=False)) != svg(made)
    images = VariationImages([one.native for one in made.results], made.mean, made.spread)
    drawn = encoded(draw_variation(made.record, images), "png", variation_provenance(made.record))
    with Image.open(io.BytesIO(drawn)) as picture:
        assert picture.width == pytest.approx(180 / 25.4 * 300, abs=2)


def test_a_map_goes_from_dark_to_light_up_to_what_few_pixels_exceed():
    spread = np.zeros((100, 100), np.float32)
    spread[50:] = 10
    spread[0, 0] = 1000
    painted, top = coloured(spread)
    assert top == 10
    assert painted[99].mean() > painted[20].mean() + 50
    assert np.array_equal(painted[0, 0], painted[99, 0])


def test_the_words_say_what_no_number_can():
    made = made_up_variation(readouts={"smiling": "smiling 0.93"}, without_face=[2])
    smile, hat, age = rows(made.record)[:3]
    assert (smile.vector, smile.results, smile.random, smile.determined) == ("smiling 0.93", "80 %", "60 %", "50 %")
    assert hat.determined == "–"
    assert (age.results, age.determined) == ("9.0 years", "0 %"), "no less than nothing is determined"
    text = as_text(made.record)
    assert "seeds 0 to 3" in text
    assert "1 without a face left out" in text
    assert "vector says" in text
    assert "vector says" not in as_text(made_up_variation().record), "a column without a word is left out"
    assert as_csv(made.record).splitlines()[2].startswith("hat,attribute,none,pairs that agree,,1.0,1.0,,")
