"""The Embedding dock: the selected vector, and how near everything loaded is to everything else."""

from __future__ import annotations

import operator
from itertools import combinations

import numpy as np
from PySide6.QtCore import QSize
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from explorer.science.evaluation.score import AT_THRESHOLD
from explorer.studio.faces.state import EMBEDDINGS, ENCODER, FACES, SELECTED, SIMILARITY, VECTORS
from explorer.studio.session.state import Session
from explorer.ui.base.dispatcher import CommandDispatcher
from explorer.ui.base.observe import Observer
from explorer.ui.base.throttle import CURVES_MS, Throttle
from explorer.ui.base.thumbnails import Picture, row
from explorer.ui.faces import similarity
from explorer.ui.faces.vector_view import VectorView
from explorer.ui.widgets.captioned import figure_label, section_title
from explorer.ui.widgets.table import Cell, CopyableTable

THUMBNAIL = 24
ALONE = "Open a second face to compare the two under every encoder."
WAITING = "The faces are compared once they are embedded."


class EmbeddingPanel(QWidget):
    """Draws the embedding of what is selected under the chosen encoder, and the table of similarities."""

    def __init__(self, dispatcher: CommandDispatcher) -> None:
        super().__init__()
        self._dispatcher = dispatcher
        self._icons: dict[str, tuple[list[Picture], QIcon]] = {}
        self.facts = figure_label()
        self.facts.setWordWrap(True)
        self.strip = VectorView("strip")
        self.bars = VectorView("bars")
        self.only_selected = QCheckBox("selected face only")
        self.only_selected.toggled.connect(self._draw)
        self.table = CopyableTable(["Pair"])
        self.table.setAccessibleName("similarity of each pair")
        self.table.setIconSize(QSize(2 * THUMBNAIL + 3, THUMBNAIL))
        self.table.set_row_height(THUMBNAIL + 6)
        self.table.setObjectName("pairs")
        self.table.stretch()
        self.empty = QLabel(ALONE)
        self.empty.setObjectName("faint")
        self.empty.setWordWrap(True)
        self.legend = QLabel()
        self.legend.setObjectName("faint")
        self.legend.setWordWrap(True)
        self.rule = QFrame()
        self.rule.setObjectName("rule")
        self.heading = section_title("Similarity")
        heading = QHBoxLayout()
        heading.addWidget(self.heading)
        heading.addStretch()
        heading.addWidget(self.only_selected)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 8, 10, 8)
        layout.setSpacing(6)
        layout.addWidget(self.facts)
        layout.addWidget(self.strip)
        layout.addWidget(self.bars)
        layout.addWidget(self.rule)
        layout.addLayout(heading)
        layout.addWidget(self.empty)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.legend)
        layout.addStretch()
        self._refresh = Throttle(self._draw, CURVES_MS, self)
        self.observer = Observer(dispatcher.session)
        for field in (SELECTED, ENCODER, EMBEDDINGS, SIMILARITY, VECTORS, FACES):
            self.observer.watch(field, lambda _: self._refresh.poke())

    def _draw(self) -> None:
        session = self._dispatcher.session
        self._draw_vector(session)
        pairs = _pairs(session, self.only_selected.isChecked())
        self.table.setVisible(bool(pairs))
        self.legend.setVisible(bool(pairs))
        self.only_selected.setVisible(len(session[FACES]) + len(session[VECTORS]) > 2)
        self.empty.setVisible(not pairs and session[SELECTED] is not None)
        several = len(session[FACES]) + len(session[VECTORS]) > 1
        self.empty.setText(WAITING if several else ALONE)
        if not pairs:
            return
        tables = list(session[SIMILARITY].values())
        self.table.set_headings(
            ["Pair", *map(similarity.heading, tables)],
            ["", *map(similarity.explain, tables)],
            [False, *(True for _ in tables)],
        )
        names, pictures = _names(session), _pictures(session)
        rows = [
            [
                self._pair([pictures[a], pictures[b]], f"{names[a]} and {names[b]}"),
                *(similarity.cell(t, a, b) for t in tables),
            ]
            for a, b in pairs
        ]
        self.table.set_rows(rows)
        self.legend.setText("Bold green: above threshold.")
        self.legend.setToolTip(f"Above, or for a distance within, the {AT_THRESHOLD}")

    def _pair(self, pictures: list[Picture], names: str) -> Cell:
        # Pairs grow with the square of the faces, and their pictures hardly ever change.
        known = self._icons.setdefault(names, ([], QIcon()))
        if not (len(known[0]) == 2 and all(map(operator.is_, known[0], pictures))):
            icon = QIcon(row(pictures, THUMBNAIL, self.devicePixelRatioF()))
            known = self._icons[names] = (pictures, icon)
        return Cell("", hint=names, icon=known[1], copied=names)

    def _draw_vector(self, session: Session) -> None:
        bare = session[VECTORS].get(session[SELECTED] or "")
        encoder = session[ENCODER] if bare is None else bare.encoder
        vector = session[EMBEDDINGS].get(session[SELECTED] or "", {}).get(encoder) if bare is None else bare.vector
        for part in (self.strip, self.bars, self.rule, self.heading):
            part.setVisible(session[SELECTED] is not None)
        self.strip.set_vector(vector)
        self.bars.set_vector(vector)
        if vector is not None:
            norm = float(np.linalg.norm(vector))
            self.facts.setText(f"{encoder}   dimension {len(vector)}   norm {norm:.3f}")
        elif session[SELECTED] is None:
            self.facts.setText("Choose a face to see its embedding.")
        elif session[SELECTED] in session[EMBEDDINGS]:
            self.facts.setText(f"{encoder}: the face is not embedded under this encoder, its network is not here.")
        else:
            self.facts.setText(f"{encoder}: embedding the face…")


def _pairs(session: Session, only_selected: bool) -> list[tuple[str, str]]:
    """Pairs that at least one encoder compared, those with the selected face first."""
    known = {key for table in session[SIMILARITY].values() for key in table.keys}
    keys = [key for key in (*session[FACES], *session[VECTORS]) if key in known]
    pairs = [
        (a, b)
        for a, b in combinations(keys, 2)
        if any(a in table.keys and b in table.keys for table in session[SIMILARITY].values())
    ]
    first = [pair for pair in pairs if session[SELECTED] in pair]
    return first if only_selected else first + [pair for pair in pairs if session[SELECTED] not in pair]


def _names(session: Session) -> dict[str, str]:
    names = {key: face.name for key, face in session[FACES].items()}
    names.update({key: vector.name for key, vector in session[VECTORS].items()})
    return names


def _pictures(session: Session) -> dict[str, Picture]:
    pictures: dict[str, Picture] = {key: face.thumbnail for key, face in session[FACES].items()}
    pictures.update(session[VECTORS])
    return pictures
