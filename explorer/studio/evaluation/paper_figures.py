"""Figures 4.2 to 4.5 of the thesis, made of the user's photographs: what stands in which column."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from explorer.science.inversion.regressor import Objective
from explorer.studio.evaluation.ablation import Shown
from explorer.studio.export.drawings import SheetSpec
from explorer.studio.export.picture_grid import Cell, GridOptions, draw_grid

# Of a column: the photograph, the face drawn from the answers of regressors, of which each then has a column, or a
# variant of the ablation by its name.
PHOTOGRAPH, REGRESSION = "photograph", "regression"
_REGRESSIONS: dict[Objective, str] = {
    "latent": "direct regression",
    "identity": "trained by identity",
    "image": "trained by picture",
    "background": "trained by background",
}


@dataclass(frozen=True)
class PaperFigure:
    """One figure.

    columns: title and content of each, for one photograph.
    together: how many photographs share a row.
    """

    title: str
    columns: tuple[tuple[str, str], ...]
    together: int = 1

    @property
    def variants(self) -> tuple[str, ...]:
        """The variants of the ablation that it shows."""
        others = (PHOTOGRAPH, REGRESSION, *_REGRESSIONS)
        return tuple(content for _, content in self.columns if content not in others)

    @property
    def regression(self) -> bool:
        """Whether it shows direct regression."""
        return any(content == REGRESSION for _, content in self.columns)

    def with_regressors(self, objectives: Iterable[Objective]) -> PaperFigure:
        """The figure with a column for the regressor of each objective, in the order in which they are explained."""
        known = set(objectives)
        shown = tuple((title, objective) for objective, title in _REGRESSIONS.items() if objective in known)
        columns = (shown if column[1] == REGRESSION else (column,) for column in self.columns)
        return replace(self, columns=tuple(chain.from_iterable(columns)))


_PHOTOGRAPH = ("photograph", PHOTOGRAPH)
_ALL = ("ID + LMs + Hist", "histogram")

PAPER_FIGURES: dict[str, PaperFigure] = {
    "4.2": PaperFigure(
        "Direct regression of the latent from the embedding, and optimisation by the identity",
        (_PHOTOGRAPH, ("direct regression", REGRESSION), ("ID optimisation", "id")),
    ),
    "4.3": PaperFigure(
        "Inversion by the identity, with landmarks, and with landmarks and histogram",
        (_PHOTOGRAPH, ("ID only", "id"), ("ID + LMs", "landmarks"), _ALL),
    ),
    "4.4": PaperFigure(
        "The same person twice: each photograph and its reconstruction by identity, landmarks and histogram",
        (_PHOTOGRAPH, ("reconstruction", "histogram")),
        together=2,
    ),
    "4.5": PaperFigure(
        "Photographs, and their reconstructions by the identity alone and with landmarks and histogram",
        (_PHOTOGRAPH, ("ID only", "id"), _ALL),
    ),
}


def draw_paper_figure(
    number: str,
    photographs: Sequence[tuple[NDArray[np.uint8] | None, Sequence[Shown]]],
    regressed: Sequence[Mapping[Objective, NDArray[np.uint8]]],
    options: GridOptions,
) -> Figure:
    """Compose a figure.

    Args:
        number: of `PAPER_FIGURES`.
        photographs: each face in the common frame with its reconstructions.
        regressed: where the figure shows them, the faces drawn from the answers of regressors, for each photograph by
            what the regressor was trained for.
    """
    figure = PAPER_FIGURES[number].with_regressors(chain.from_iterable(regressed))
    answers = regressed or [{} for _ in photographs]
    cells = [
        [_cell(content, frame, shown, drawn) for _, content in figure.columns]
        for (frame, shown), drawn in zip(photographs, answers, strict=True)
    ]
    together = figure.together
    rows = [list(chain(*cells[first : first + together])) for first in range(0, len(cells), together)]
    return draw_grid([title for title, _ in figure.columns] * together, rows, _note(figure, photographs), options)


def sheet_of(figure: PaperFigure, listed: Sequence[Sequence[str]], mark: bool) -> SheetSpec:
    """Describe a figure without direct regression as a sheet of runs, as its provenance holds it.

    Args:
        listed: of each photograph the names of the variants that were run, in order.
    """
    cells: list[list[str]] = []
    first = 0
    for variants in listed:
        names = {name: f"run:{first + place}" for place, name in enumerate(variants)}
        cells.append(
            [
                f"photograph:{first}" if content == PHOTOGRAPH and variants else names.get(content, "")
                for _, content in figure.columns
            ]
        )
        first += len(variants)
    together = figure.together
    rows = [list(chain(*cells[place : place + together])) for place in range(0, len(cells), together)]
    columns = [title for title, _ in figure.columns] * together
    return SheetSpec(title=figure.title, columns=columns, cells=rows, mark=mark)


def _cell(
    content: str,
    frame: NDArray[np.uint8] | None,
    shown: Sequence[Shown],
    regressed: Mapping[Objective, NDArray[np.uint8]],
) -> Cell | None:
    if content == PHOTOGRAPH:
        return None if frame is None else Cell(frame, reconstruction=False)
    answer = next((picture for objective, picture in regressed.items() if objective == content), None)
    if answer is not None:
        return Cell(answer)
    found = next((one for one in shown if one.about.variant == content), None)
    if found is None:
        return None
    run = found.about.run
    cosines = [score.score for score in run.scores if not score.attacked and score.measure == "cosine"]
    facts = (f"held out {np.mean(cosines):.2f}", f"{np.mean(cosines):.2f}") if cosines else ("no face found",)
    return Cell(found.picture, facts, guided=run.guided_by_photograph)


def _note(figure: PaperFigure, photographs: Sequence[tuple[NDArray[np.uint8] | None, Sequence[Shown]]]) -> str:
    runs = [one.about.run for _, shown in photographs for one in shown if one.about.variant in figure.variants]
    origins = {origin for run in runs for origin in run.sought.values()}
    sentences = [figure.title]
    if origins:
        words = {"vector": "predicted from the vector", "photograph": "taken from the photograph"}
        sentences.append(
            f"Landmarks and histogram that are sought: {' and '.join(words[one] for one in sorted(origins))}"
        )
    if runs:
        sentences.append(
            f"Above a reconstruction: mean cosine on held-out encoders; {runs[0].settings.encoder} is attacked"
        )
    return ". ".join(sentences) + "."
