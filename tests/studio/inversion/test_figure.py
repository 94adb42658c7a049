from __future__ import annotations

import base64
import io
import re

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from pypdf import PdfReader

from explorer.science.evaluation.score import PhotographRates
from explorer.studio.errors import UserError
from explorer.studio.export.page import encoded, save
from explorer.studio.export.picture_row import arrange
from explorer.studio.export.provenance import read_provenance
from explorer.studio.inversion.figure import SINGLE_COLUMN, FigureOptions, RunImages, draw_inversion
from explorer.studio.inversion.figure_caption import caption
from explorer.studio.inversion.figure_curves import distances, looks, spread
from explorer.studio.inversion.figure_scores import false_match_rate, scientific
from explorer.studio.inversion.provenance import provenance
from explorer.studio.inversion.record import InversionRun, WeightChange
from tests.studio.export.made_up import made_up_picture, made_up_run

pytestmark = pytest.mark.slow

MAGENTA = np.full((64, 64, 3), (255, 0, 255), np.uint8)
DRAFT = FigureOptions(dpi=100)


def images(target: NDArray[np.uint8] | None = MAGENTA, vector: NDArray[np.floating] | None = None) -> RunImages:
    milestones = [(10, made_up_picture(1)), (20, made_up_picture(2)), (30, made_up_picture(3))]
    return RunImages(made_up_picture(0), made_up_picture(4, 256), milestones, target, vector)


def pixels(run: InversionRun, pictures: RunImages, options: FigureOptions) -> NDArray[np.int16]:
    png = encoded(draw_inversion(run, pictures, options), "png", provenance(run))
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"), np.int16)


def words(run: InversionRun, pictures: RunImages, options: FigureOptions = DRAFT) -> str:
    svg = encoded(draw_inversion(run, pictures, options), "svg", {}).decode()
    return " | ".join(re.findall(r"<text[^>]*>([^<]*)</text>", svg)).replace("&lt;", "<")


def inlaid(kind: str, content: bytes) -> list[NDArray[np.uint8]]:
    """The pictures inside an SVG or PDF, the whole page for a PNG."""
    if kind == "png":
        found = [Image.open(io.BytesIO(content))]
    elif kind == "pdf":
        found = [picture.image for picture in PdfReader(io.BytesIO(content)).pages[0].images]
    else:
        encodings = re.findall(rb"base64,\s*([A-Za-z0-9+/=\s]+)", content)
        found = [Image.open(io.BytesIO(base64.b64decode(encoding))) for encoding in encodings]
    return [np.asarray(picture.convert("RGB")) for picture in found]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
def test_the_same_run_gives_the_same_bytes(kind, run):
    one, other = (encoded(draw_inversion(run, images(), DRAFT), kind, provenance(run)) for _ in range(2))
    assert one == other


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
@pytest.mark.parametrize("width", [180.0, SINGLE_COLUMN])
def test_the_photograph_is_in_every_format_and_gone_where_it_is_left_out(kind, width, run):
    def magenta(source: bool) -> bool:
        options = FigureOptions(width=width, dpi=100, source=source)
        found = inlaid(kind, encoded(draw_inversion(run, images(), options), kind, provenance(run)))
        assert found
        return any((np.abs(picture.astype(int) - (255, 0, 255)).max(axis=-1) < 8).any() for picture in found)

    assert magenta(source=True)
    assert not magenta(source=False)


@pytest.mark.slow
def test_a_vector_is_drawn_number_by_number_and_gone_where_it_is_left_out():
    run = made_up_run(kind="vector")
    vector = np.random.default_rng(0).normal(size=512)
    pictures = images(target=None, vector=vector)
    assert "arcface-mbf, 512 numbers" in words(run, pictures)
    shown = pixels(run, pictures, DRAFT)
    turned = pixels(run, images(target=None, vector=-vector), DRAFT)
    assert (shown != turned).any()
    hidden = FigureOptions(dpi=100, source=False)
    np.testing.assert_array_equal(
        pixels(run, pictures, hidden), pixels(run, images(target=None, vector=-vector), hidden)
    )
    assert "512 numbers" not in words(run, pictures, hidden)


def test_the_mark_can_be_turned_off_and_touches_only_the_lower_edge_of_the_result(run):
    pictures = images()
    with_mark, without = pixels(run, pictures, DRAFT), pixels(run, pictures, FigureOptions(dpi=100, mark=False))
    rows, columns = np.nonzero((with_mark != without).any(axis=-1))
    spot = arrange(180.0, 4, target=True, narrow=False).result
    scale = 100 / 25.4
    assert columns.min() >= (spot.left - 0.5) * scale
    assert rows.min() >= (spot.top + 0.9 * spot.side) * scale
    assert rows.max() <= (spot.top + spot.side + 0.5) * scale


@pytest.mark.slow
@pytest.mark.parametrize("width", [180.0, SINGLE_COLUMN])
def test_every_encoder_is_named_with_its_score_and_the_attacked_one_as_such(width, run):
    text = words(run, images(), FigureOptions(width=width, dpi=100))
    for score in run.scores:
        assert score.encoder in text
        assert f"{score.score:.3f}" in text
    for fact in ("attacked", "< 2·10⁻⁶", "4.2·10⁻⁴", "3 of 1002", "seed 0", "prior 0.05"):
        assert fact in text
    assert run.target.name not in text


def test_the_width_is_as_asked_and_the_pictures_keep_to_the_page(run):
    for width in (60.0, 88.0, 119.0, 120.0, 180.0, 400.0):
        figure = draw_inversion(run, images(), FigureOptions(width=width, dpi=72))
        assert figure.get_figwidth() * 25.4 == pytest.approx(width, abs=25.4 / 72)
        for axes in figure.axes:
            assert axes.get_position().x0 >= -1e-9
            assert axes.get_position().x1 <= 1 + 1e-9
            assert axes.get_position().y0 >= 0
            assert axes.get_position().width > 0.05


@pytest.mark.parametrize("between", range(1, 9))
@pytest.mark.parametrize("target", [True, False])
@pytest.mark.parametrize("narrow", [True, False])
def test_pictures_do_not_overlap_and_stay_on_the_page(between, target, narrow):
    places = arrange(100.0, between, target=target, narrow=narrow)
    spots = [*places.between, places.result, *([places.target] if places.target else [])]
    assert len(places.between) == between
    for place, one in enumerate(spots):
        assert one.left >= -1e-9
        assert one.left + one.side <= 100 + 1e-9
        assert one.top + one.side <= places.height + 1e-9
        for other in spots[place + 1 :]:
            apart_across = one.left + one.side <= other.left or other.left + other.side <= one.left
            apart_down = one.top + one.side <= other.top or other.top + other.side <= one.top
            assert apart_across or apart_down


def test_a_run_stopped_at_its_start_without_a_face_in_its_result_is_drawn():
    run = made_up_run()
    short = run.model_copy(
        update={"steps": run.steps[:1], "scores": [], "result_face_found": False, "best_index": 0, "weight_changes": []}
    )
    text = words(short, RunImages(made_up_picture(0), made_up_picture(1)))
    assert "No face was found in the result" in text


def test_many_slider_moves_are_counted_instead_of_listed(run):
    moved = run.model_copy(
        update={"weight_changes": [WeightChange(step=at, term="prior", weight=at / 100) for at in range(1, 30)]}
    )
    assert "sliders moved 29 times" in words(moved, images())


def test_an_encoder_that_measures_distance_is_never_drawn_among_cosines(run):
    assert distances(run) == ["dlib-resnet"]
    unscored = run.model_copy(update={"scores": []})
    assert distances(unscored) == ["dlib-resnet"]
    assert next(iter(looks(run))) == "arcface-mbf"
    assert len({look.colour for look in looks(run).values()}) == 4
    assert len({look.marker for look in looks(run).values()}) == 4


def test_saved_figures_are_read_back_and_are_the_owners_only(run, tmp_path):
    figure = draw_inversion(run, images(), DRAFT)
    for name in ("figure.png", "figure.svg", "figure.PDF"):
        path = save(figure, tmp_path / name, provenance(run))
        assert read_provenance(path) == provenance(run)
        assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(UserError, match=r"figure\.bmp"):
        save(figure, tmp_path / "figure.bmp", {})


def test_nothing_of_the_run_or_a_hopeless_width_is_refused(run):
    with pytest.raises(ValueError, match="without steps"):
        draw_inversion(run.model_copy(update={"steps": []}), images())
    with pytest.raises(ValueError, match="12 mm"):
        draw_inversion(run, images(), FigureOptions(width=12))


def test_a_false_match_rate_below_what_the_impostors_resolve_is_only_bounded(run):
    score = run.scores[0]
    assert false_match_rate(score.model_copy(update={"fmr": 0.0, "fmr_resolution": 2e-6})) == "< 2·10⁻⁶"
    assert false_match_rate(score.model_copy(update={"fmr": 2e-6, "fmr_resolution": 2e-6})) == "2·10⁻⁶"
    assert [scientific(value) for value in (0.0, 0.034, 0.001, 9.9e-4, 1e-10)] == [
        "0",
        "0.034",
        "0.001",
        "9.9·10⁻⁴",
        "1·10⁻¹⁰",
    ]


def test_the_caption_says_of_whom_thresholds_speak_and_what_strangers_on_photographs_do(run):
    assert "generated impostors); FMR and rank are among generated faces, too;" in caption(run, source_shown=True)
    rates = [
        PhotographRates(population="orl", people=40, pairs=78_000, passing=passing, low=0, high=0.004, nearer=0)
        for passing in (0, 2, 2, 7)
    ]
    scores = [score.model_copy(update={"photographs": (one,)}) for score, one in zip(run.scores, rates, strict=True)]
    said = caption(run.model_copy(update={"scores": scores}), source_shown=True)
    assert "(generated impostors; of strangers on photographs pass 0 to 9·10⁻⁵ on ORL); FMR and rank" in said


def test_labels_move_apart_within_their_bounds_and_stay_where_there_is_room():
    assert spread([1.0, 5.0], 2.0, 10.0) == [1.0, 5.0]
    assert spread([5.0, 5.0, 5.0], 2.0, 10.0) == [5.0, 7.0, 9.0]
    assert spread([9.5, 9.8], 2.0, 10.0) == [8.0, 10.0]


@pytest.mark.parametrize(
    ("origin", "said"), [("photograph", "taken from the photograph"), ("vector", "predicted from the vector")]
)
def test_the_figure_says_where_targets_came_from(origin, said, run):
    guided = run.model_copy(update={"sought": {"landmarks": origin, "histogram": origin}})
    assert f"landmarks and histogram that are sought: {said}" in words(guided, images()).replace(" | ", " ")
    assert "are sought" not in words(run, images())
    assert provenance(guided)["sought"] == {"landmarks": origin, "histogram": origin}


@pytest.mark.slow
def test_only_a_result_that_its_photograph_guided_carries_the_badge(run):
    plain, vector, photograph = (
        pixels(run.model_copy(update={"sought": sought}), images(), DRAFT)
        for sought in ({}, {"landmarks": "vector"}, {"landmarks": "photograph"})
    )
    top = slice(0, plain.shape[0] // 4)
    assert np.array_equal(plain[top], vector[top])
    assert not np.array_equal(plain[top], photograph[top])


def test_the_caption_says_what_started_the_run():
    run = made_up_run()
    assert f"best of {run.settings.starts} random starts" in caption(run, source_shown=True)
    guided = run.model_copy(update={"proposed_starts": 3, "begun_from": "regressor"})
    assert "best of 27 starts, 3 proposed by the regressor and 24 random" in caption(guided, source_shown=True)
    assert "a proposed one won" in caption(guided, source_shown=True)


def sized(run: InversionRun, *sizes: tuple[int, int]) -> InversionRun:
    """The same run, its images of each of some sizes up to a step."""
    steps = [
        step.model_copy(update={"resolution": next(size for size, end in sizes if step.index < end)})
        for step in run.steps
    ]
    return run.model_copy(update={"steps": steps})


def test_a_change_of_size_is_marked_in_the_curves_and_said_below_them() -> None:
    run = sized(made_up_run(), (128, 9), (256, 34), (512, 99))
    said = words(run, images()).split(" | ")
    assert {"256 px", "512 px"} <= set(said)
    assert "128 px" not in said
    assert "128 px in the loop, 256 px from step 9 on, 512 px from step 34 on" in caption(run, source_shown=False)
    same = words(sized(made_up_run(), (256, 99)), images()).split(" | ")
    assert not {"128 px", "256 px", "512 px"} & set(same)
