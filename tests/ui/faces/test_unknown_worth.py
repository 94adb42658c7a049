"""Scores of an encoder without impostor statistics, as tables show them."""

from __future__ import annotations

import numpy as np

from explorer.science.evaluation.score import EncoderScore, Standing
from explorer.studio.faces.values import SimilarityTable
from explorer.ui.faces import similarity
from explorer.ui.inversion.scores import HEADINGS, _row
from tests.ui.canned import STRANGERS


def alone(encoder: str = "mean-colours") -> EncoderScore:
    worth = dict.fromkeys(Standing._fields)
    return EncoderScore(encoder=encoder, measure="cosine", attacked=False, score=0.25, **worth)


def test_a_score_alone_has_a_row_as_wide_as_the_others_that_says_why() -> None:
    row = _row(alone())
    assert len(row) == len(HEADINGS)
    assert [cell.text for cell in row] == ["mean-colours", "held-out", "0.2500", "–", "–", "–", "–"]
    assert all(cell.hint.startswith("no impostor statistics for mean-colours: make them by ") for cell in row[3:])


def test_a_score_says_whom_its_threshold_lets_pass_on_photographs() -> None:
    score = EncoderScore(
        encoder="sface", measure="cosine", attacked=False, score=0.5, threshold=0.4, passes=True, fmr=1e-4,
        fmr_resolution=1e-5, rank=1, gallery=500, photographs=STRANGERS,
    )  # fmt: skip
    row = _row(score)
    for cell in row[3:5]:
        assert "of strangers on photographs pass the threshold:" in cell.hint
        assert "2.6e-5 on ORL (0 to 9e-5 by person; 40 people, 78,000 pairs)" in cell.hint
    assert row[5].hint.endswith(
        "of strangers on photographs are as near as this: 0 of 78,000 on ORL, 1e-3 on openpeople"
    )
    matrix = np.array([[1.0, 0.9], [0.9, 1.0]])
    table = SimilarityTable("sface", "SFace", "cosine", ("a", "b"), matrix, 0.4, None, STRANGERS)
    assert similarity.explain(table).endswith("of strangers on photographs pass: 2.6e-5 on ORL, 7.1 % on openpeople")


def test_a_table_without_a_threshold_judges_nobody() -> None:
    matrix = np.array([[1.0, 0.9], [0.9, 1.0]])
    table = SimilarityTable("mean-colours", "Mean colours", "cosine", ("a", "b"), matrix, None, None)
    assert similarity.heading(table) == "mean\n–"
    assert "no impostor statistics for mean-colours" in similarity.explain(table)
    cell = similarity.cell(table, "a", "b")
    assert (cell.text, cell.role, cell.strong) == ("0.900", "muted", False)
    assert "person" not in cell.hint
