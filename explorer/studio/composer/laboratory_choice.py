"""Which figure of Deep Face Decoder is composed of which faces, and why it cannot be. No torch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from explorer.studio.faces.state import FACES
from explorer.studio.laboratory.chosen import faces_of
from explorer.studio.laboratory.figure_presets import CHANGED, FIGURES, FigurePreset, FigureSettings
from explorer.studio.session.state import Session

PAPER: Mapping[str, FigurePreset] = dict(sorted({**FIGURES, **CHANGED}.items(), key=lambda one: int(one[0])))
"""All that are composed of faces. Figures 13 and 16 are of whole sets, and drawn by the commands that measure these."""
# Whose pictures are all decoded: no photograph is seen in them.
DECODED_ALONE = ("14", "15")
# Of one encoder: where none is ticked, that of the window.
OF_ONE = ("5", "12", "17")
_Key = Annotated[str, Field(max_length=400)]


class LaboratoryFigure(BaseModel):
    """A figure of Deep Face Decoder. settings: its number, and what it follows from besides faces and decoders.

    faces: their keys, in the order of the figure. encoders: whose decoders draw; where none is named all that have
    one, of figures 8 to 11 all, and of those of one encoder that of the window. layer: of figure 5.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    settings: FigureSettings = FigureSettings(number="1")
    faces: tuple[_Key, ...] = Field((), max_length=10_000)
    encoders: tuple[str, ...] = Field((), max_length=40)
    layer: str = Field("", max_length=200)

    @property
    def number(self) -> str:
        """By the paper."""
        return self.settings.number

    @property
    def preset(self) -> FigurePreset:
        """What it shows and takes."""
        return PAPER[self.number]

    @property
    def shows_photographs(self) -> bool:
        """Whether photographs are seen in it."""
        return self.number not in DECODED_ALONE

    def named(self, encoder: str) -> LaboratoryFigure:
        """With the window's encoder named, where the figure is of one and none is."""
        return self if self.encoders or self.number not in OF_ONE else self.model_copy(update={"encoders": (encoder,)})


def why_not(session: Session, figure: LaboratoryFigure, *, source: bool) -> str:
    """Why a figure cannot be composed of what is ticked, and what to do; empty where it can.

    Args:
        source: whether photographs may be seen.
    """
    here, number, encoders = [key for key in figure.faces if key in session[FACES]], figure.number, len(figure.encoders)
    reasons = (
        (len(faces_of(session, here)) < len(here), "some of these faces are still being embedded: wait a moment"),
        (not source and figure.shows_photographs, "this figure shows the photographs: allow them below Content"),
        (number == "4" and encoders != 2, f"figure 4 stands two encoders side by side: tick two, not {encoders}"),
        (number in OF_ONE and encoders > 1, f"figure {number} is of one encoder: tick one, not {encoders}"),
        (number == "5" and not figure.layer, "figure 5 stands a layer beside its encoder: name one that has a decoder"),
    )
    return _wrong_count(figure, len(here)) or next((words for wrong, words in reasons if wrong), "")


def _wrong_count(figure: LaboratoryFigure, count: int) -> str:
    """What to say where a figure does not take so many faces; empty where it does."""
    least, most = figure.preset.faces
    if least <= count <= most:
        return ""
    wanted = f"{least}" if least == most else f"{least} to {most}"
    first = ", first who is attacked, then who is aimed at" if figure.number == "12" else ""
    return f"figure {figure.number} takes {wanted} faces{first}: {count} {'is' if count == 1 else 'are'} ticked"
