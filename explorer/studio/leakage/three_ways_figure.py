"""The figure of one vector read three ways: by its probes, off the faces made from it alone, and off its photograph."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from explorer.science.leakage.picture_readout import PictureReadout
from explorer.science.leakage.readout import (
    CANNOT_TELL,
    CHANCE_IS,
    MetricValue,
    Readout,
    axis_of,
    calibration_sentences,
)
from explorer.studio.export.lettering import marked, wrapped
from explorer.studio.export.page import GREY, HELD_OUT, INK, SMALL, Page, house_style
from explorer.studio.leakage.figure import DPI, WIDTH, fitting
from explorer.studio.leakage.reconstructions import AttributeReadings, ThreeReadings

HEADINGS = ("vector probe", "reconstruction", "photograph")
_COLOURS = (HELD_OUT[0], HELD_OUT[1], HELD_OUT[2])

# All in millimetres.
_WIDE, _GAP, _ROW, _LINE, _FACE = 120.0, 3.0, 9.4, 2.8, 22.0
_MARK_POINTS = 4.0
_VAGUE = "#b5b5b5"  # of what cannot be told
# Where nothing was measured on photographs.
_UNMEASURED = ("not measured on photographs", "not measured")


@dataclass(frozen=True)
class _Answer:
    """What is drawn of one reading: a bar to a share or a dot on an axis, perhaps with an interval and a tick.

    words: of the answer, the longest first. quality: how good such readings are on photographs, likewise.
    hidden: whether neither bar, dot nor number is drawn.
    """

    at: float
    span: tuple[float, float]
    interval: tuple[float, float] | None
    tick: float | None
    words: tuple[str, ...]
    quality: tuple[str, ...]
    tells: bool | None
    hidden: bool = False


def draw_three_ways(
    three: ThreeReadings,
    *,
    sha256: str,
    source: NDArray[np.uint8] | None = None,
    width: float = WIDTH,
    dpi: float = DPI,
) -> Figure:
    """Compose the figure; `page.save` writes it.

    Args:
        sha256: of the source, for the caption.
        source: the photograph's face, (R, R, 3); None to leave it out.
        width: in millimetres, 80 or more.
    """
    rows = [row for row in three.attributes() if not _is_array(row)]
    columns = 3 if three.photograph else 2
    first = 22.0 if width >= _WIDE else 14.0  # room for the titles
    column = (width - first) / columns
    faces = [*three.reconstruction.faces[: int((width - first) // (_FACE + 2)) - (source is not None)]]
    with house_style():
        note = wrapped(_note(three, sha256, rows), SMALL, width - 0.5)
        top = _FACE + _LINE + 4 if faces or source is not None else 1.0
        page = Page(width, top + 5 + _ROW * len(rows) + 4 + _LINE * len(note), dpi)
        _draw_faces(page, first, faces, source)
        for place, heading in enumerate(HEADINGS[:columns]):
            page.text(first + place * column, top + _LINE, heading, weight="SemiBold")
        top += 4.4
        page.rule(0, page.width, top, 0.5)
        for row in rows:
            vague = row.at_chance
            page.text(0, top + 3.4, row.title, colour=GREY if vague else INK)
            for place, answer in enumerate(_answers(row)[:columns]):
                if answer is not None:
                    _draw(page, answer, first + place * column, top + 1.2, column - _GAP, _COLOURS[place])
            top += _ROW
        page.rule(0, page.width, top + 0.6, 0.5)
        for line, words in enumerate(note):
            page.text(0, page.height - _LINE * (len(note) - line - 0.75), words, size=SMALL, colour=GREY)
        return page.figure


def _is_array(row: AttributeReadings) -> bool:
    first = row.vector or row.reconstruction or row.photograph
    return first is not None and isinstance(first.value, np.ndarray)


def _draw_faces(page: Page, left: float, faces: list[NDArray[np.uint8]], source: NDArray[np.uint8] | None) -> None:
    if source is not None:
        page.text(left, _LINE, fitting(_FACE, "photograph"), size=SMALL)
        page.picture(source, left, _LINE + 1, _FACE)
        left += _FACE + 2
    for number, face in enumerate(faces):
        size = round(_MARK_POINTS / 72 * page.dpi * face.shape[0] / page.pixels(_FACE))
        page.text(left, _LINE, f"run {number + 1}", size=SMALL)
        page.picture(marked(face, size), left, _LINE + 1, _FACE)
        left += _FACE + 2


def _answers(row: AttributeReadings) -> tuple[_Answer | None, ...]:
    return (
        None if row.vector is None else _of_probe(row.vector),
        None if row.reconstruction is None else _of_pictures(row.reconstruction),
        None if row.photograph is None else _of_pictures(row.photograph, photograph=True),
    )


def _of_probe(one: Readout) -> _Answer:
    quality = _quality(one.on_photographs)
    if one.usual is not None:
        name, probability, usual = one.presence()
        words = (f"{name} {100 * probability:.0f} %",)
        return _Answer(probability, (0, 1), None, usual, words, quality, one.tells, one.hidden)
    assert isinstance(one.value, float)
    interval = None if one.margin is None else (one.value - one.margin, one.value + one.margin)
    tick = one.typical if isinstance(one.typical, float) else None
    return _Answer(one.value, axis_of(one.probe), interval, tick, (one.text,), quality, one.tells, one.hidden)


def _of_pictures(one: PictureReadout, photograph: bool = False) -> _Answer:
    quality = ("",) if photograph else _quality(one.on_photographs)
    if one.probabilities:
        name, probability, interval = one.presence()
        short = f"{name} {100 * probability:.0f} %"
        span, at = (0.0, 1.0), probability
    else:
        assert isinstance(one.value, float)
        short, interval, span, at = one.text, one.interval, axis_of(one.probe), one.value
    words = (short,) if photograph else (f"{short} ({one.interval_words()})", short)
    return _Answer(at, span, interval, None, words, quality, one.tells)


def _quality(quality: MetricValue | None) -> tuple[str, ...]:
    if quality is None:
        return _UNMEASURED
    head, _, rest = quality.words().partition(" (")
    chance = rest.partition("chance ")[2].rstrip(")").partition(";")[0]
    bare = head.removeprefix(f"{quality.measure} ")
    beside = f" (chance {chance})" if chance else ""
    return f"photographs: {head}{beside}", f"photographs: {bare}{beside}", f"{bare}{beside}", bare


def _draw(page: Page, answer: _Answer, left: float, top: float, width: float, colour: str) -> None:
    vague = answer.tells is False
    colour, ink = (_VAGUE, GREY) if vague else (colour, INK)
    axes = page.axes(left, top, width, 2.4)
    axes.set(yticks=[], xticks=[], ylim=(0, 1), xlim=answer.span)
    for side in ("left", "top", "right", "bottom"):
        axes.spines[side].set_visible(False)
    if answer.span == (0, 1):
        axes.axhspan(0.2, 0.8, 0, 1, color="#ececec", lw=0)
        if not answer.hidden:
            axes.axhspan(0.2, 0.8, 0, answer.at, color=colour, lw=0)
    else:
        axes.axhspan(0.42, 0.58, 0, 1, color="#ececec", lw=0)
        if not answer.hidden:
            axes.plot([answer.at], [0.5], marker="o", ms=3, mew=0, color=colour)
    if answer.interval is not None and not answer.hidden:
        axes.plot(answer.interval, [0.5, 0.5], color=INK if answer.span == (0, 1) else colour, lw=0.8)
    if answer.tick is not None:
        axes.axvline(answer.tick, color=INK, lw=0.9)
    said = (f"{CANNOT_TELL} ({answer.words[0]})", f"{CANNOT_TELL} ({answer.words[-1]})", CANNOT_TELL)
    words = CANNOT_TELL if answer.hidden else fitting(width, *(said if vague else answer.words))
    page.text(left, top + 4.6, words, size=SMALL, colour=ink)
    page.text(left, top + 7.0, fitting(width, *answer.quality), size=SMALL, colour=GREY)


def _note(three: ThreeReadings, sha256: str, rows: list[AttributeReadings]) -> str:
    runs = three.reconstruction.runs
    seeds = f", seed{'' if len(runs) == 1 else 's'} {', '.join(str(run.settings.seed) for run in runs)}" if runs else ""
    sentences = [
        f"One vector of {three.vector.encoder} (source sha256 {sha256[:12]}…), read by its probes and off "
        f"{three.reconstruction.words()} alone{seeds}",
        "Reconstruction and photograph: what image labellers see there; probability: the mean over the runs of what "
        "the labeller gives each; line: its 95 % interval by the runs (of one run there is none). Vector probe: "
        "calibrated probability, or the value with nine of ten calibration faces within the line; tick: the "
        "share or the mean of the calibration faces. Below each, how good such readings are on photographs",
        CHANCE_IS.removesuffix("."),
    ]
    sentences += _off(three)
    if any(one is not None and one.tells is False for row in rows for one in (row.vector, row.reconstruction)):
        calibrated = any(row.vector is not None and row.vector.skill is not None for row in rows)
        sentences.append(
            f"Grey, “{CANNOT_TELL}”: on photographs the 95 % interval, by person, does not lie clear of "
            f"{'the base rate or of chance' if calibrated else 'chance'}"
        )
    listed: tuple[Readout | PictureReadout, ...] = (*three.vector.readouts, *three.reconstruction.readouts)
    sentences.append(f"Labels by {', '.join(dict.fromkeys(one.labeller for one in listed))}")
    if any(one.origin is not None for one in three.vector.readouts):
        sentences += [f"Vector probe: {said}" for said in calibration_sentences(three.vector.readouts)]
    return ". ".join(sentences) + "."


def _off(three: ThreeReadings) -> list[str]:
    """How far landmarks and colours lie from the photograph's own, which bars do not show."""
    said = []
    for reading, where in ((three.vector, "vector probe"), (three.reconstruction, "reconstruction")):
        if reading.landmark_error is not None and reading.histogram_error is not None:
            off = f"landmarks {reading.landmark_error:.1f} % and colours {reading.histogram_error:.2f} bins"
            said.append(f"{where.capitalize()}: {off} off the photograph's")
    return said
