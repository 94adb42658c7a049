"""A sheet measured in millimetres on which a publication figure is composed, and its way into a file.

Everything is drawn through matplotlib's `Figure`, never `pyplot`: no display, no state shared with anyone. The same
input gives the same bytes for PNG, SVG and PDF (with the same versions of matplotlib and its font library).
"""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Any, Literal

import numpy as np
from matplotlib import rc_context, style
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.text import Text
from numpy.typing import NDArray
from PIL import Image

from explorer.studio.errors import UserError
from explorer.studio.export.drawings import Lettering
from explorer.studio.export.lettering import Weight, font_file
from explorer.studio.export.provenance import PNG_LEVEL, into_pdf, into_svg, png_info
from explorer.studio.files import atomic_write

INK = "#1a1a1a"
GREY = "#6b6b6b"
RULE = "#c9c9c9"
# Okabe and Ito's colours, told apart with any kind of colour vision: the attacked encoder, then held-out ones.
ATTACKED = "#d55e00"
HELD_OUT = ("#0072b2", "#009e73", "#aa4f88", "#56b4e9", "#b08400")

_WEIGHTS: dict[Weight, int] = {"Regular": 400, "Medium": 500, "SemiBold": 600}

BODY = 6.5
SMALL = 5.75

FORMATS = ("png", "svg", "pdf")
_MM = 25.4
_STYLING = RLock()

_HARD_PIXELS = b"image-rendering:crisp-edges;image-rendering:pixelated"

_RC = {
    "text.parse_math": False,
    "text.hinting": "no_hinting",
    "axes.unicode_minus": True,
    "image.composite_image": False,
    "pdf.fonttype": 42,
    "pdf.compression": 6,
    "svg.fonttype": "none",
    "svg.hashsalt": "likeness",
}


def check_ending(path: Path) -> None:
    """Refuse a name that no figure is written by.

    Raises:
        UserError: so.
    """
    kinds = tuple(f".{kind}" for kind in FORMATS)
    if path.suffix.lower() not in kinds:
        raise UserError(f"{path.name}: a figure is written as {', '.join(kinds)}; choose one of these endings")


@contextmanager
def house_style() -> Iterator[None]:
    """Set matplotlib's defaults aside from whatever the user's own configuration says.

    They are the whole process's: one thread at a time.
    """
    with _STYLING, style.context(["default", _RC]):
        yield


class Page:
    """A figure of a width and height in millimetres; positions count from its upper left corner.

    Pictures lie on whole pixels at the page's resolution, so that they are not resampled a second time.
    """

    def __init__(self, width: float, height: float, dpi: float) -> None:
        self.dpi = dpi
        self.width = self._snapped(width)
        self.height = self._snapped(height)
        self.figure = Figure(figsize=(self.width / _MM, self.height / _MM), dpi=dpi, facecolor="white")
        FigureCanvasAgg(self.figure)

    def axes(self, left: float, top: float, width: float, height: float) -> Axes:
        """Return axes that fill a rectangle, on whole pixels."""
        left, top, right, bottom = map(self._snapped, (left, top, left + width, top + height))
        return self.figure.add_axes(
            (left / self.width, 1 - bottom / self.height, (right - left) / self.width, (bottom - top) / self.height)
        )

    def picture(self, image: NDArray[np.uint8], left: float, top: float, side: float) -> Axes:
        """Lay an (H, W, 3) uint8 square picture down, resampled once to the page's resolution."""
        axes = self.axes(left, top, side, side)
        axes.set_axis_off()
        pixels = self.pixels(side)
        fitted = Image.fromarray(image).resize((pixels, pixels), Image.Resampling.LANCZOS)
        axes.imshow(np.asarray(fitted), interpolation="none", aspect="auto")
        return axes

    def pixels(self, length: float) -> int:
        """Return a length in millimetres as whole pixels."""
        return max(1, round(length / _MM * self.dpi))

    def text(
        self,
        left: float,
        baseline: float,
        text: str,
        *,
        size: float = BODY,
        weight: Weight = "Regular",
        colour: str = INK,
        align: Literal["left", "center", "right"] = "left",
    ) -> Text:
        """Write a line of text."""
        return self.figure.text(
            left / self.width,
            1 - baseline / self.height,
            text,
            fontproperties=typeface(size, weight),
            color=colour,
            ha=align,
            va="baseline",
        )

    def rule(self, left: float, right: float, height: float, thickness: float = 0.5, colour: str = INK) -> None:
        """Draw a horizontal line; the thickness is in points."""
        y = 1 - height / self.height
        line = Line2D([left / self.width, right / self.width], [y, y], lw=thickness, color=colour)
        self.figure.add_artist(line)

    def dot(self, left: float, height: float, colour: str, marker: str) -> None:
        """Draw the sign by which a curve is known."""
        sign = Line2D(
            [left / self.width], [1 - height / self.height], marker=marker, ms=3.2, mew=0, color=colour, ls=""
        )
        self.figure.add_artist(sign)

    def _snapped(self, length: float) -> float:
        return round(length / _MM * self.dpi) / self.dpi * _MM


def plain_axes(axes: Axes) -> None:
    """Give axes of a chart their usual look: faint lines across, ticks short, the frame open above and to the right."""
    axes.grid(axis="y", color=RULE, lw=0.4)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.tick_params(length=2, width=0.5, pad=1.5)
    for label in (*axes.get_xticklabels(), *axes.get_yticklabels()):
        label.set_fontproperties(typeface(SMALL))


def typeface(size: float = BODY, weight: Weight = "Regular") -> FontProperties:
    """Return the figures' typeface at a size in points."""
    return FontProperties(
        family=["Inter", "Helvetica", "Arial", "sans-serif"],
        weight=_WEIGHTS[weight],
        size=size,
        fname=font_file(weight),
    )


def save(figure: Figure, path: Path, record: Mapping[str, Any], lettering: Lettering = "named") -> Path:
    """Write a figure as PNG, SVG or PDF, by its suffix, with its provenance in it; readable by its owner only.

    Args:
        lettering: of an SVG; in a PDF the typeface is always inside.

    Raises:
        UserError: another suffix, or the file cannot be written.
    """
    kind = path.suffix.lower().removeprefix(".")
    if kind not in FORMATS:
        raise UserError(f"{path.name}: a figure is written as .png, .svg or .pdf; choose one of these")
    return atomic_write(path, encoded(figure, kind, record, lettering))


def encoded(figure: Figure, kind: str, record: Mapping[str, Any], lettering: Lettering = "named") -> bytes:
    """Return a figure as the bytes of a PNG, SVG or PDF file with its provenance in it."""
    buffer = io.BytesIO()
    with house_style(), rc_context({"svg.fonttype": "path" if lettering == "outlines" else "none"}):
        if kind == "png":
            said = {"pnginfo": png_info(record), "compress_level": PNG_LEVEL}
            figure.savefig(buffer, format="png", dpi=figure.dpi, pil_kwargs=said)
            return buffer.getvalue()
        # No date and no maker: the record says when and by what.
        undated = {"svg": {"Date": None, "Creator": None}, "pdf": {"CreationDate": None, "Creator": "likeness"}}
        figure.savefig(buffer, format=kind, dpi=figure.dpi, metadata=undated[kind])
    if kind == "pdf":
        return into_pdf(buffer.getvalue(), record)
    # matplotlib asks viewers to show pictures that it has not resampled in hard pixels, which spoils faces.
    svg = buffer.getvalue().replace(_HARD_PIXELS, b"")
    return into_svg(_with_typeface(svg) if lettering == "embedded" else svg, record)


def _with_typeface(svg: bytes) -> bytes:
    """Put the weights of the typeface that the texts are set in into the file, so that it looks alike everywhere."""
    faces = b"".join(
        b"@font-face{font-family:'Inter';font-weight:%d;src:url(data:font/ttf;base64,%s)}"
        % (heavy, base64.b64encode(font_file(weight).read_bytes()))
        for weight, heavy in _WEIGHTS.items()
        if re.search(rb"<text[^>]*font:[^;]*\b%d\b" % heavy, svg) or (heavy == 400 and b"<text" in svg)
    )
    return svg.replace(b"<defs>", b'<defs>\n  <style type="text/css">' + faces + b"</style>", 1) if faces else svg
