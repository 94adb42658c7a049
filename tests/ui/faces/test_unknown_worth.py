"""Scores of an encoder without impostor statistics, as tables show them."""

from __future__ import annotations

import numpy as np

from explorer.science.evaluation.score import EncoderScore, Standing
from explorer.studio.faces.values import SimilarityTable
from explorer.ui.faces import similarity
from explorer.ui.inversion.scores import HEADINGS, _row


def alone(encoder: str = "mean-colours") -> EncoderScore:
    worth = dict.fromkeys(Standing._fields)
    return EncoderScore(encoder=encoder, measure="cosine", attacked=False, score=0.25, **worth)


def test_a_score_alone_has_a_row_as_wide_as_the_others_that_says_why() -> None:
    row = _row(alone())
    assert len(row) == len(HEADINGS)
    assert [cell.text for cell in row] == ["mean-colours", "held-out", "0.2500", "–", "–", "–", "–"]
    assert all(cell.hint == "no impostor statistics for mean-colours" for cell in row[3:])


def test_a_table_without_a_threshold_judges_nobody() -> None:
    matrix = np.array([[1.0, 0.9], [0.9, 1.0]])
    table = SimilarityTable("mean-colours", "Mean colours", "cosine", ("a", "b"), matrix, None, None)
    assert similarity.heading(table) == "mean\n–"
    assert "no impostor statistics for mean-colours" in similarity.explain(table)
    cell = similarity.cell(table, "a", "b")
    assert (cell.text, cell.role, cell.strong) == ("0.900", "muted", False)
    assert "person" not in cell.hint
