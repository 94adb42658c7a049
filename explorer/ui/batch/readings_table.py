"""What was read of one file of a batch: vector probe, reconstruction and photograph, an attribute a row."""

from __future__ import annotations

from explorer.studio.batch.row_readings import RowReading
from explorer.ui.base import text_size
from explorer.ui.widgets.table import Cell, CopyableTable

HEADINGS = ("Attribute", "Vector probe", "Reconstruction", "Photograph")
HINTS = (
    "",
    "what a small network reads from the embedding alone",
    "what image labellers see in the faces that were made from the embedding alone, with the 95 % interval by the runs",
    "what the same labellers see in the photograph itself",
)
RECONSTRUCTION, PHOTOGRAPH = 2, 3
ROW, WIDTH = 22, 260


class ReadingsTable(CopyableTable):
    """Hidden where nothing was read."""

    def __init__(self) -> None:
        super().__init__(HEADINGS)
        self.setAccessibleName("what was read of the chosen file")
        self.set_headings(HEADINGS, HINTS)
        self.set_row_height(ROW)
        self.setMinimumWidth(WIDTH)
        text_size.small(self)
        self.stretch()
        self.hide()
        self._shown: tuple[RowReading, ...] = ()

    def show_readings(self, readings: tuple[RowReading, ...]) -> None:
        """Show the readings of a file; the columns of what was not read are left out."""
        if readings == self._shown:
            return  # what is selected to be copied stays so
        self._shown = readings
        self.setVisible(bool(readings))
        self.setColumnHidden(RECONSTRUCTION, not any(one.reconstruction for one in readings))
        self.setColumnHidden(PHOTOGRAPH, not any(one.photograph for one in readings))
        self.set_rows([_cells(one) for one in readings])


def _cells(one: RowReading) -> list[Cell]:
    role = "text" if one.told else "faint"
    said = (one.vector, one.reconstruction, one.photograph)
    return [Cell(one.title, role, strong=one.told), *(Cell(words or "–", role) for words in said)]
