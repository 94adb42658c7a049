"""Table 4.1 and figures 4.2 to 4.6: what they show, from made-up results."""

from __future__ import annotations

import csv
import io
import re

import numpy as np
import pytest

from explorer.science.evaluation.reconstruction import FrameMeasures
from explorer.studio.evaluation.ablation import VARIANTS, Reconstruction, Shown
from explorer.studio.evaluation.ablation_table import as_csv, as_latex, as_text, draw_likeness, rows_of
from explorer.studio.evaluation.paper_figures import PAPER_FIGURES, draw_paper_figure
from explorer.studio.export.page import Page, encoded
from explorer.studio.export.picture_grid import Cell, GridOptions, _drawn, draw_grid
from tests.studio.export.made_up import made_up_picture, made_up_run

DRAFT = GridOptions(dpi=80)


def result(photograph: str, variant: str, mse: float = 0.05, face: bool = True, origin: str = "photograph"):
    measures = FrameMeasures(mse=mse, psnr=13.0, ssim=0.14, lpips=0.5, landmark_error=6.0, emd=1.2)
    run = made_up_run(steps=10, name=photograph)
    sought = {} if variant == "id" else {"landmarks": origin}
    run = run.model_copy(update={"sought": sought, "scores": run.scores if face else []})
    return Reconstruction(photograph=photograph, variant=variant, run=run, measures=measures if face else None)


def all_variants(photograph: str, **how):
    return [result(photograph, variant.name, **how) for variant in VARIANTS]


def shown(photograph: str) -> list[Shown]:
    return [Shown(one, made_up_picture(place)) for place, one in enumerate(all_variants(photograph))]


def words(figure) -> str:
    svg = encoded(figure, "svg", {}).decode()
    return " | ".join(re.findall(r"<text[^>]*>([^<]*)</text>", svg))


def test_rows_are_means_over_the_photographs_that_every_variant_found_a_face_for():
    results = all_variants("a", mse=0.04) + all_variants("b", mse=0.08)
    results += [result("c", "id", mse=9.0), result("c", "landmarks", face=False), result("c", "histogram", mse=9.0)]
    rows = rows_of(results)
    assert [row.title for row in rows] == [variant.title for variant in VARIANTS]
    assert {row.faces for row in rows} == {2}
    assert rows[0].measures["mse"] == pytest.approx(0.06)
    assert rows[1].scores["sface"] == pytest.approx(0.87)


def test_text_has_a_line_a_variant_and_says_where_targets_came_from():
    lines = as_text(rows_of(all_variants("a")), "from the photograph").split("\n")
    assert lines[0] == "1 photographs, targets from the photograph"
    assert lines[1].split()[:4] == ["MSE", "↓", "PSNR", "↑"]
    assert [line.startswith(variant.title) for line, variant in zip(lines[2:], VARIANTS, strict=True)]
    assert len({len(line) for line in lines[1:]}) == 1, "columns are aligned"


def test_the_spreadsheet_has_every_result_failures_included():
    table = list(csv.DictReader(io.StringIO(as_csv([*all_variants("a"), result("b", "id", face=False)]))))
    assert [(row["photograph"], row["variant"]) for row in table] == [
        ("a", "id"), ("a", "landmarks"), ("a", "histogram"), ("b", "id"),
    ]  # fmt: skip
    assert [row["targets"] for row in table] == ["", "photograph", "photograph", ""]
    assert float(table[0]["mse"]) == 0.05
    assert table[3]["mse"] == table[3]["sface"] == ""


def test_latex_is_a_tabular_with_escaped_signs():
    text = as_latex(rows_of(all_variants("a")), "from the photograph")
    assert text.count(r" \\") == 1 + len(VARIANTS)
    assert r"$\downarrow$" in text
    assert "↓" not in text
    assert "ID + landmarks &" in text


def test_nothing_measured_is_said_in_words():
    assert "no photograph could be measured" in as_text(rows_of([result("a", "id", face=False)]), "x")


@pytest.mark.parametrize("number", PAPER_FIGURES)
def test_every_figure_shows_its_columns_and_is_the_same_twice(number):
    photographs = [(made_up_picture(7), shown("a")), (made_up_picture(8), shown("b"))]
    answers = {"background": made_up_picture(5), "latent": made_up_picture(6)}
    regressed = [answers, answers] if PAPER_FIGURES[number].regression else []
    one, other = (draw_paper_figure(number, photographs, regressed, DRAFT) for _ in range(2))
    assert encoded(one, "png", {}) == encoded(other, "png", {})
    said = words(one)
    for title, _ in PAPER_FIGURES[number].columns:
        assert title in said
    assert ("trained by background" in said) == PAPER_FIGURES[number].regression
    assert "trained by picture" not in said
    guided = any(variant != "id" for variant in PAPER_FIGURES[number].variants)
    assert ("taken from the photograph" in said) == guided


def test_every_regressor_has_a_column_of_its_own_behind_the_photograph():
    columns = PAPER_FIGURES["4.2"].with_regressors(["image", "latent"]).columns
    assert [content for _, content in columns] == ["photograph", "latent", "image", "id"]
    answers = [{"image": made_up_picture(5), "latent": made_up_picture(6)}]
    wide, narrow = (
        draw_paper_figure("4.2", [(made_up_picture(7), shown("a"))], shown_answers, DRAFT).get_size_inches()[0]
        for shown_answers in (answers, [{"latent": made_up_picture(6)}])
    )
    assert wide > narrow


def test_pairs_share_a_row():
    photographs = [(made_up_picture(place), shown(str(place))) for place in range(4)]
    pairs = draw_paper_figure("4.4", photographs, [], DRAFT).get_size_inches()
    single = draw_paper_figure("4.5", photographs, [], DRAFT).get_size_inches()
    assert pairs[0] > single[0]
    assert pairs[1] < 0.7 * single[1]


def test_reconstructions_are_marked_and_badged_and_photographs_are_not():
    plain = np.full((300, 300, 3), 128, np.uint8)

    def drawn(**cell) -> np.ndarray:
        figure = draw_grid(["x"], [[Cell(plain, **cell)]], "", GridOptions(dpi=200))
        figure.canvas.draw()
        pixels = np.asarray(figure.canvas.buffer_rgba())[..., :3].astype(int)
        rows, columns = np.nonzero((np.abs(pixels - 128) <= 1).all(-1))
        return pixels[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]

    def touched(picture: np.ndarray, half: str) -> bool:
        middle = len(picture) // 2
        part = picture[:middle] if half == "upper" else picture[middle:]
        return bool((np.abs(part - 128) > 2).any())

    assert not touched(drawn(reconstruction=False), "lower")
    assert touched(drawn(), "lower")
    assert not touched(drawn(), "upper")
    assert touched(drawn(guided=True), "upper")


def test_words_on_a_small_reconstruction_are_as_large_as_on_a_large_one():
    small, large = np.full((16, 16, 3), 128, np.uint8), np.full((600, 600, 3), 128, np.uint8)
    marked_small, marked_large = (_drawn(Cell(one), Page(42, 42, 300), 42.0, GridOptions()) for one in (small, large))
    assert len(marked_small) == Page(42, 42, 300).pixels(42.0)
    height_small, height_large = (
        np.flatnonzero((one != 128).any((1, 2))).size / len(one) for one in (marked_small, marked_large)
    )
    assert height_small == pytest.approx(height_large, rel=0.1)


def test_a_row_that_does_not_fit_the_titles_is_refused():
    with pytest.raises(ValueError, match="rows of 2 cells"):
        draw_grid(["a", "b"], [[Cell(made_up_picture(0))]], "")


def test_the_distribution_has_the_held_out_encoders_that_are_compared_by_cosine():
    said = words(draw_likeness(all_variants("a") + all_variants("b")))
    for encoder in ("sface", "edgeface-s"):
        assert f"{encoder}: " in said
    assert "arcface-mbf: " not in said
    assert "dlib-resnet: " not in said
