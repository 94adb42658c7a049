"""How similarities are written: thresholds in headings, scores in cells."""

from __future__ import annotations

from explorer.science.evaluation.score import strangers_words, verdict, without_statistics
from explorer.studio.faces.values import SimilarityTable
from explorer.ui.widgets.table import Cell

UNKNOWN = "–"


def heading(table: SimilarityTable) -> str:
    """The encoder and its threshold, below each other."""
    return f"{table.encoder.split('-')[0]}\n{threshold(table)}"


def threshold(table: SimilarityTable) -> str:
    """The encoder's threshold, as a sign and a number."""
    return UNKNOWN if table.threshold is None else f"{'≥' if table.measure == 'cosine' else '≤'} {table.threshold:.2f}"


def explain(table: SimilarityTable) -> str:
    """What an encoder's scores mean."""
    kind = "cosine, larger is nearer" if table.measure == "cosine" else "Euclidean distance, smaller is nearer"
    own = "" if table.own_threshold is None else f"; its makers say {table.own_threshold:g}"
    if table.threshold is None:
        return f"{table.title}: {kind}\n{without_statistics(table.encoder, whole=True)}{own}"
    passing = verdict(table.measure, True, whole=True)
    strangers = strangers_words(table.photographs)
    passed = f"\nof strangers on photographs pass: {strangers}" if strangers else ""
    return f"{table.title}: {kind}\n{passing}: {threshold(table)} ({table.threshold:.4f}{own}){passed}"


def cell(table: SimilarityTable, one: str, other: str) -> Cell:
    """The score of a pair, and whether it passes."""
    if one not in table.keys or other not in table.keys:
        return Cell("–", role="faint", figure=True, hint="not embedded under this encoder")
    score = float(table.matrix[table.keys.index(one), table.keys.index(other)])
    if table.threshold is None:
        return Cell(
            f"{score:.3f}", role="muted", figure=True, hint=f"{table.encoder}: {score:.6f}, no threshold is known"
        )
    same = score >= table.threshold if table.measure == "cosine" else score <= table.threshold
    words = f"{table.encoder}: {score:.6f}, {verdict(table.measure, same, whole=True)}: {table.threshold:.4f}"
    return Cell(f"{score:.3f}", role="good" if same else "muted", figure=True, strong=same, hint=words)
