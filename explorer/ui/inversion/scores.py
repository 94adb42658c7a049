"""The verdicts of all encoders on the result."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStackedLayout, QVBoxLayout, QWidget

from explorer.science.evaluation.score import (
    AT_THRESHOLD,
    EncoderScore,
    Standing,
    strangers_range,
    verdict,
    without_statistics,
)
from explorer.studio.inversion.record import InversionRun
from explorer.ui.base import text_size
from explorer.ui.widgets.captioned import ElidedLabel, section_title
from explorer.ui.widgets.table import Cell, CopyableTable

HEADINGS = ("Encoder", "Role", "Score", "Threshold", "Verdict", "FMR", "Rank")
SAVED = "of the saved image at its native size, detected and aligned again"
HINTS = (
    "",
    "attacked: the search went by this encoder, so that its score says little\n"
    "held-out: the search never saw it; judge by these",
    f"{SAVED}\n"
    "The cosine in the curves and above the pictures is of the image in the loop, which is smaller and not cut anew.",
    "at a false match rate (FMR) of 1e-3: one of a thousand pairs of generated strangers passes, too",
    f"on which side of the {AT_THRESHOLD} the score lies; no threshold tells people apart",
    "share of generated impostor pairs this score would let pass",
    "place of the target when the result is searched among generated faces and the target",
)
FIGURES = (False, False, True, True, False, True, True)
TABLE_HEIGHT = 26 * 5 + 6  # four encoders and the heading
TITLE_HEIGHT = 24
LEAST_TABLE = 88  # with docks below, its rows are scrolled before the window outgrows the screen
EMPTY_HEIGHT = TITLE_HEIGHT + 36  # two lines
POPULATION = (
    "Threshold, FMR and rank are among generated faces.\n"
    "Of pairs of strangers on photographs so many pass the thresholds, from the strictest encoder to the laxest; each\n"
    "encoder's own share, with its interval by person, is in the tip of its threshold."
)
EMPTY = "When a run ends, its result is scored here on every encoder, those that were never attacked included."


class Scores(QWidget):
    """A row an encoder; a sentence where there is no result yet."""

    def __init__(self) -> None:
        super().__init__()
        self.table = CopyableTable(HEADINGS)
        self.table.setAccessibleName("scores of the result on every encoder")
        self.table.set_headings(HEADINGS, HINTS, FIGURES)
        self.table.stretch()
        self.population = ElidedLabel("faint")
        self.population.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.empty = QLabel(EMPTY)
        self.empty.setObjectName("faint")
        self.empty.setWordWrap(True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        header = QHBoxLayout()
        header.setSpacing(16)
        header.addWidget(section_title("Scores of the result"))
        header.addWidget(self.population, 1)
        layout.addLayout(header)
        # In its place before it is filled: it shows its first widget at once, which would be a window of its own.
        self._stack = QStackedLayout()
        layout.addLayout(self._stack, 1)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self.table)
        text_size.follow(self, self._fit)

    def draw(self, run: InversionRun | None) -> None:
        """Show the scores of a finished run."""
        if run is not None and run.scores:
            self.table.set_rows([_row(score) for score in sorted(run.scores, key=lambda one: not one.attacked)])
        elif run is None or run.result_face_found:
            self.empty.setText(EMPTY)
        else:
            self.empty.setText("No face was found in the result, so it has no scores.")
        self._say_population(() if run is None else run.scores)
        shown = self.table if run is not None and run.scores else self.empty
        self._stack.setCurrentWidget(shown)
        self._fit()

    def _say_population(self, scores: Sequence[EncoderScore]) -> None:
        strangers = strangers_range(scores)
        passing = f"; strangers who pass: {strangers}" if strangers else ""
        self.population.setText(f"by generated faces{passing}" if scores else "")
        self.population.setToolTip(POPULATION if scores else "")

    def _fit(self) -> None:
        scored = self._stack.currentWidget() is self.table
        least, most = (TITLE_HEIGHT + LEAST_TABLE, TITLE_HEIGHT + TABLE_HEIGHT) if scored else (EMPTY_HEIGHT,) * 2
        self.setMinimumHeight(text_size.scaled(least))
        self.setMaximumHeight(text_size.scaled(most))


def _row(score: EncoderScore) -> list[Cell]:
    kind = "cosine, larger is nearer" if score.measure == "cosine" else "Euclidean distance, smaller is nearer"
    sign = "≥" if score.measure == "cosine" else "≤"
    own = ""
    if score.own_threshold is not None:
        own = (
            f"\nthe makers' own threshold {score.own_threshold:g}: {'passes' if score.passes_own else 'does not pass'}"
        )
    standing = score.standing
    known = [
        Cell(score.encoder, strong=score.attacked),
        Cell("attacked" if score.attacked else "held-out", role="accent" if score.attacked else "muted"),
        Cell(f"{score.score:.4f}", figure=True, strong=True, hint=kind),
    ]
    if standing is None:
        hint = without_statistics(score.encoder, whole=True) + own
        return known + [Cell("–", role="faint", figure=True, hint=hint)] * 4
    passes, strangers = standing.passes, _passing(score)
    return [
        *known,
        Cell(f"{sign} {standing.threshold:.4f}", role="muted", figure=True, hint=HINTS[3] + own + strangers),
        Cell(
            verdict(score.measure, passes),
            role="good" if passes else "bad",
            hint=verdict(score.measure, passes, whole=True) + own + strangers,
        ),
        Cell(_rate(standing), role="muted", figure=True, hint=HINTS[5] + _as_near(score)),
        Cell(f"{standing.rank} of {standing.gallery + 1}", figure=True, role="muted"),
    ]


def _passing(score: EncoderScore) -> str:
    """Lines of a tip: which share of strangers on photographs passes the threshold, with intervals by person."""
    if not score.photographs:
        return ""
    return "\nof strangers on photographs pass the threshold:" + "".join(
        f"\n  {rates.words_by_person()}" for rates in score.photographs
    )


def _as_near(score: EncoderScore) -> str:
    """Lines of a tip: which share of strangers on photographs is as near as this score."""
    if not score.photographs:
        return ""
    return "\nof strangers on photographs are as near as this: " + ", ".join(
        rates.words(rates.nearer) for rates in score.photographs
    )


def _rate(standing: Standing) -> str:
    """Such as "2.4e-4"; "< 1e-5" where the impostors cannot resolve it."""
    if standing.fmr >= standing.fmr_resolution:
        return f"{standing.fmr:.1e}".replace("e-0", "e-").replace("e+00", "")
    return f"< {standing.fmr_resolution:.0e}".replace("e-0", "e-")
