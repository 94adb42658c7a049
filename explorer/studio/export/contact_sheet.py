"""Many inversions on one sheet, photograph beside reconstruction, so that a person can judge; failures included."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from explorer.science.evaluation.score import EncoderScore
from explorer.studio.errors import UserError
from explorer.studio.export.lettering import font, marked
from explorer.studio.files import atomic_write

_INK = (26, 26, 26)
_GREY = (107, 107, 107)
_FAILED = (192, 57, 0)
_EMPTY = (232, 232, 232)
_BETWEEN = 4
_GAP = 28
_TEXT = 46
# Between two scores in a line, and from one line of them to the next.
_APART = 14
_LINE = 19
_HEADER = 84
_FORMATS = {".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}
_QUALITIES = (92, 88, 84, 80, 74, 68, 60, 50)


@dataclass(frozen=True, eq=False)
class Card:
    """One inversion on the sheet.

    label: a name that tells this face from the others.
    target: (H, W, 3) uint8 RGB, square, the face in the common frame; None where it could not be read.
    result: likewise, the reconstruction; None where there is none.
    scores: on every encoder, the attacked one marked in each.
    failure: what went wrong, in a few words; None where nothing did.
    """

    label: str
    target: NDArray[np.uint8] | None
    result: NDArray[np.uint8] | None
    scores: Sequence[EncoderScore] = ()
    failure: str | None = None

    @property
    def failed(self) -> bool:
        """Whether something went wrong, or a score does not pass its encoder's threshold."""
        return self.failure is not None or self.result is None or any(score.passes is False for score in self.scores)


def contact_sheet(
    cards: Sequence[Card], title: str, *, columns: int = 4, side: int = 256, mark: bool = True
) -> NDArray[np.uint8]:
    """Lay cards out in rows.

    Args:
        cards: in the order they are shown; at least one.
        title: written over the sheet.
        columns: cards in a row, each with two pictures.
        side: of a picture in pixels.
        mark: whether every reconstruction says that it is one.

    Returns:
        (H, W, 3) uint8 RGB.
    """
    if not cards:
        raise ValueError("a contact sheet needs at least one card")
    columns = min(columns, len(cards))
    width, rows = 2 * side + _BETWEEN, ceil(len(cards) / columns)
    ruler = ImageDraw.Draw(Image.new("RGB", (1, 1)))
    lines = max(1, *(len(_lines_of_scores(ruler, card.scores, width)) for card in cards))
    across, down = width + _GAP, side + _TEXT + (lines - 1) * _LINE + _GAP
    sheet = Image.new("RGB", (columns * across + _GAP, _HEADER + rows * down), "white")
    draw = ImageDraw.Draw(sheet)
    draw.text((_GAP, 34), title, _INK, font(26, "SemiBold"), anchor="lm")
    draw.text((_GAP, 62), _legend(cards), _GREY, font(16), anchor="lm")
    for place, card in enumerate(cards):
        left, top = _GAP + place % columns * across, _HEADER + place // columns * down
        _draw_card(sheet, draw, card, left, top, side, mark)
    return np.asarray(sheet, dtype=np.uint8)


def write_contact_sheet(path: Path, sheet: NDArray[np.uint8], largest: int = 3_000_000) -> Path:
    """Write a sheet as JPEG or WebP, by its suffix, at the best quality that keeps it small enough.

    Args:
        largest: size in bytes that the file may have.

    Raises:
        UserError: another suffix, too large at any quality, or the file cannot be written.
    """
    kind = _FORMATS.get(path.suffix.lower())
    if kind is None:
        raise UserError(f"{path.name}: a contact sheet is written as .jpg or .webp; choose one of these")
    for quality in _QUALITIES:
        buffer = io.BytesIO()
        Image.fromarray(sheet).save(buffer, format=kind, quality=quality)
        if buffer.tell() <= largest:
            return atomic_write(path, buffer.getvalue())
    raise UserError(f"{path.name}: the sheet does not fit into {largest} bytes; make its pictures smaller")


def _legend(cards: Sequence[Card]) -> str:
    attacked = {score.encoder for card in cards for score in card.scores if score.attacked}
    failed = sum(card.failed for card in cards)
    source = f"the embedding of {attacked.pop()} alone" if len(attacked) == 1 else "its embedding alone"
    distances = sorted({score.encoder for card in cards for score in card.scores if score.measure == "euclidean"})
    nearer = f"; of {', '.join(distances)} it is a distance, smaller is closer" if distances else ""
    return (
        f"Left the photograph, right its reconstruction from {source}. The attacked encoder's score comes first"
        f"{nearer}; × marks one that does not pass (FMR 1e-3, generated faces). "
        f"{len(cards)} faces, {failed} marked as failed."
    )


def _draw_card(
    sheet: Image.Image, draw: ImageDraw.ImageDraw, card: Card, left: int, top: int, side: int, mark: bool
) -> None:
    second = left + side + _BETWEEN
    right = second + side
    _draw_picture(sheet, draw, card.target, left, top, side, "no photograph")
    result = card.result
    if result is not None and mark:
        result = marked(_fitted(result, side), max(9, side // 24))
    _draw_picture(sheet, draw, result, second, top, side, "no result")
    if card.failed:
        draw.rectangle((left - 3, top - 3, right + 2, top + side + 2), outline=_FAILED, width=3)
    draw.text((left, top + side + 16), card.label, _INK, font(16, "SemiBold"), anchor="lm")
    if card.failed:
        room = side * 2 - draw.textlength(card.label, font(16, "SemiBold")) - 12
        reason = _shortened(draw, _reason(card), room)
        draw.text((right, top + side + 16), reason, _FAILED, font(15, "Medium"), anchor="rm")
    _draw_scores(draw, card.scores, left, top + side + 37, right - left)


def _reason(card: Card) -> str:
    if card.failure is not None:
        return card.failure
    refusing = [score.encoder for score in card.scores if score.passes is False]
    return f"threshold not passed: {', '.join(refusing)}" if refusing else "no result"


def _draw_picture(
    sheet: Image.Image,
    draw: ImageDraw.ImageDraw,
    picture: NDArray[np.uint8] | None,
    left: int,
    top: int,
    side: int,
    missing: str,
) -> None:
    if picture is None:
        draw.rectangle((left, top, left + side - 1, top + side - 1), fill=_EMPTY)
        draw.text((left + side / 2, top + side / 2), missing, _GREY, font(16), anchor="mm")
    else:
        sheet.paste(Image.fromarray(_fitted(picture, side)), (left, top))


def _lines_of_scores(draw: ImageDraw.ImageDraw, scores: Sequence[EncoderScore], width: int) -> list[list[EncoderScore]]:
    """The scores in as few lines as hold them, the attacked encoder's first."""
    lines, used = list[list[EncoderScore]](), 0.0
    for score in sorted(scores, key=lambda score: not score.attacked):
        needed = _width(draw, score)
        if not lines or used + _APART + needed > width:
            lines.append([score])
            used = needed
        else:
            lines[-1].append(score)
            used += _APART + needed
    return lines


def _draw_scores(draw: ImageDraw.ImageDraw, scores: Sequence[EncoderScore], left: int, middle: int, width: int) -> None:
    """Write the scores over the card's width, in one line with equal gaps where it holds them all, else in several."""
    lines = _lines_of_scores(draw, scores, width)
    for place, line in enumerate(lines):
        spare = width - sum(_width(draw, score) for score in line)
        gap = spare / max(1, len(line) - 1) if len(lines) == 1 else _APART
        at = float(left)
        for score in line:
            colour = _FAILED if score.passes is False else _INK
            draw.text((at, middle + place * _LINE), _text_of(score), colour, _lettering(score), anchor="lm")
            at += _width(draw, score) + gap


def _width(draw: ImageDraw.ImageDraw, score: EncoderScore) -> float:
    return draw.textlength(_text_of(score), _lettering(score))


def _text_of(score: EncoderScore) -> str:
    return f"{score.encoder} {score.score:.2f}{' ×' if score.passes is False else ''}"


def _lettering(score: EncoderScore) -> ImageFont.FreeTypeFont:
    return font(14, "Medium" if score.attacked else "Regular")


def _fitted(picture: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    if picture.shape[:2] == (side, side):
        return picture
    return np.asarray(Image.fromarray(picture).resize((side, side), Image.Resampling.LANCZOS), dtype=np.uint8)


def _shortened(draw: ImageDraw.ImageDraw, text: str, room: float) -> str:
    if draw.textlength(text, font(15, "Medium")) <= room:
        return text
    while text and draw.textlength(f"{text}…", font(15, "Medium")) > room:
        text = text[:-1].rstrip()
    return f"{text}…"
