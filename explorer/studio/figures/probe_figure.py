"""The figure of what an embedding tells (thesis figure 3.4, with every attribute): as it is, altered, and inverted."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from explorer.science.leakage.labels import KEPT_FRAME
from explorer.science.leakage.readout import Quality, Readout
from explorer.studio.figures.lettering import badged, marked, wrapped
from explorer.studio.figures.page import ATTACKED, GREY, HELD_OUT, INK, RULE, SMALL, Page, house_style
from explorer.studio.session.readings import FaceRead, Reading

WIDTH, DPI = 180.0, 300
SUBJECTS = ("as it is", "altered", "inversion")

# All in millimetres.
_PICTURE, _HISTOGRAM, _GAP = 34.0, 17.0, 4.0
_LEFT, _ANSWERS, _ROW, _LINE = 22.0, 36.0, 6.6, 2.8
_COLOURS = ("#c0392b", "#1e8449", "#2e5fa3")
_MARK_POINTS = 4.6
# Of numbers: what the bar's axis holds.
_RANGES = {"age": (0.0, 80.0), "yaw": (-45.0, 45.0), "pitch": (-30.0, 30.0)}


def draw_readings(
    read: FaceRead, result: Reading | None, *, sha256: str, guided: bool = False, with_source: bool = False
) -> Figure:
    """Compose the figure; `page.save` writes it.

    Args:
        read: with readouts. result: of the inversion, where there is one; guided: whether the photograph guided it.
        sha256: of the source, for the caption.
        with_source: whether the photograph is shown; landmarks and histograms are drawn without it too.
    """
    shown: dict[str, Reading] = {SUBJECTS[0]: read.before}
    if read.now is not read.before:
        shown[SUBJECTS[1]] = read.now
    if result is not None:
        shown[SUBJECTS[2]] = result
    rows = [one for one in read.before.readouts if not isinstance(one.value, np.ndarray)]
    with house_style():
        note = wrapped(_note(read, result, sha256, with_source), SMALL, WIDTH - 0.5)
        table = _PICTURE + _HISTOGRAM + 2 * _LINE + 10
        page = Page(WIDTH, table + _ROW * len(rows) + 4 + _LINE * len(note), DPI)
        for place, (name, reading) in enumerate(shown.items()):
            left = _LEFT + place * (_ANSWERS + _GAP)
            page.text(left, _LINE, name, weight="SemiBold")
            inverted = name == SUBJECTS[2]
            _picture(
                page, reading, left, _LINE + 1.5, visible=inverted or with_source, inverted=inverted, guided=guided
            )
            _histogram(page, reading, left, _PICTURE + 2 * _LINE + 4)
        _quality_of_arrays(page, read, len(shown))
        _table(page, rows, shown, table)
        for line, words in enumerate(note):
            page.text(0, page.height - _LINE * (len(note) - line - 0.75), words, size=SMALL, colour=GREY)
        return page.figure


def _picture(
    page: Page, reading: Reading, left: float, top: float, *, visible: bool, inverted: bool, guided: bool
) -> None:
    if visible and reading.frame is not None:
        axes = page.picture(_labelled(page, reading.frame, inverted, guided), left, top, _PICTURE)
        side = page.pixels(_PICTURE)
    else:
        axes = page.axes(left, top, _PICTURE, _PICTURE)
        axes.set(xlim=(0, 1), ylim=(1, 0), xticks=[], yticks=[])
        for spine in axes.spines.values():
            spine.set(color=RULE, lw=0.5)
        side = 1
    said = reading.readout("landmarks")
    # Pixel centres of the picture lie on whole numbers in matplotlib.
    shift = 0.5 if side > 1 else 0.0
    if said is not None and isinstance(said.value, np.ndarray):
        read = said.value / KEPT_FRAME * side - shift
        axes.plot(*read.T, ls="", marker="o", ms=2.2, mew=0.5, mec=ATTACKED, mfc="none")
    if reading.landmarks is not None:
        seen = reading.landmarks / KEPT_FRAME * side - shift
        axes.plot(*seen.T, ls="", marker="o", ms=1.1, mew=0, color=HELD_OUT[3])
    if reading.landmark_error is not None:
        page.text(left, top + _PICTURE + _LINE, f"landmark error {reading.landmark_error:.1f} %", size=SMALL)


def _labelled(page: Page, frame: NDArray[np.uint8], inverted: bool, guided: bool) -> NDArray[np.uint8]:
    if not inverted:
        return frame
    size = round(_MARK_POINTS / 72 * DPI * frame.shape[0] / page.pixels(_PICTURE))
    frame = marked(frame, size)
    return badged(frame, size) if guided else frame


def _histogram(page: Page, reading: Reading, left: float, top: float) -> None:
    said = reading.readout("histogram")
    if said is None or not isinstance(said.value, np.ndarray):
        return
    axes = page.axes(left, top, _PICTURE, _HISTOGRAM)
    axes.set(xticks=[], yticks=[], xlim=(-0.5, said.value.shape[1] - 0.5))
    for side in ("left", "top", "right"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set(color=RULE, lw=0.5)
    bins = np.arange(said.value.shape[1])
    for colour, read, seen in zip(_COLOURS, said.value, _rows(reading.histogram), strict=True):
        axes.plot(bins, read, color=colour, lw=0.9)
        if seen is not None:
            axes.plot(bins, seen, color=colour, lw=0.9, ls=(0, (1, 1.2)))
    axes.set_ylim(0, None)
    if reading.histogram_error is not None:
        page.text(left, top + _HISTOGRAM + _LINE, f"colours: EMD {reading.histogram_error:.2f} bins", size=SMALL)


def _rows(histogram: NDArray[np.float32] | None) -> list[NDArray[np.float32] | None]:
    return [None] * 3 if histogram is None else list(histogram)


def _quality_of_arrays(page: Page, read: FaceRead, columns: int) -> None:
    """How good the two probes are that the pictures show, to the right of these."""
    left = _LEFT + columns * (_ANSWERS + _GAP)
    for probe, top in (("landmarks", _LINE + 1.5), ("histogram", _PICTURE + 2 * _LINE + 4)):
        one = read.before.readout(probe)
        if one is not None and WIDTH - left > 28:
            page.text(left, top + _LINE, one.title, weight="Medium")
            lines = [line for words in _quality_words(one) for line in wrapped(words, SMALL, WIDTH - left)]
            for number, words in enumerate(lines):
                page.text(left, top + _LINE * (number + 2.2), words, size=SMALL, colour=GREY)


def _quality_words(one: Readout) -> list[str]:
    where = (("generated faces", one.test), ("photographs", one.portraits))
    return [f"{name}: {_words(quality)}" for name, quality in where]


def _words(quality: Quality | None) -> str:
    return "not measured" if quality is None else quality.words()


def _table(page: Page, rows: list[Readout], shown: Mapping[str, Reading], top: float) -> None:
    page.rule(0, page.width, top, 0.5)
    right = _LEFT + len(shown) * (_ANSWERS + _GAP)
    room = page.width - right
    for number, one in enumerate(rows):
        height = top + _ROW * number
        page.text(0, height + 3.4, one.title)
        for place, reading in enumerate(shown.values()):
            answer = reading.readout(one.probe)
            if answer is not None:
                _bar(page, answer, _LEFT + place * (_ANSWERS + _GAP), height + 1.2)
        for line, words in enumerate(_quality_words(one)):
            page.text(right, height + 2.6 + line * 2.6, _shortened(words, room), size=SMALL, colour=GREY)
    page.rule(0, page.width, top + _ROW * len(rows) + 1, 0.5)


def _shortened(words: str, room: float) -> str:
    """Words without their interval, where there is no room for it."""
    whole = wrapped(words, SMALL, room)
    if len(whole) == 1:
        return words
    head, _, rest = words.partition(" (")
    chance = rest.partition("chance ")[2].rstrip(")")
    return f"{head} (chance {chance})" if chance else head


def _bar(page: Page, answer: Readout, left: float, top: float) -> None:
    """A bar from nothing to the probability, or a dot with its margin, with a tick at what chance says."""
    width = _PICTURE - 10
    axes = page.axes(left, top, width, 2.4)
    axes.set(yticks=[], xticks=[], ylim=(0, 1))
    for side in ("left", "top", "right", "bottom"):
        axes.spines[side].set_visible(False)
    if answer.probability is not None:
        named, probability, chance = answer.presence()
        axes.set_xlim(0, 1)
        axes.axhspan(0.2, 0.8, 0, 1, color="#ececec", lw=0)
        axes.axhspan(0.2, 0.8, 0, probability, color=HELD_OUT[0], lw=0)
        axes.axvline(chance, color=INK, lw=0.9)
        words = f"{named} {100 * probability:.0f} %"
    else:
        low, high = _RANGES.get(answer.probe, (-90.0, 90.0))
        assert isinstance(answer.value, float)
        axes.set_xlim(low, high)
        axes.axhspan(0.42, 0.58, 0, 1, color="#ececec", lw=0)
        if answer.margin is not None:
            axes.plot([answer.value - answer.margin, answer.value + answer.margin], [0.5, 0.5], color=HELD_OUT[0], lw=1)
        axes.plot([answer.value], [0.5], marker="o", ms=3, mew=0, color=HELD_OUT[0])
        if isinstance(answer.typical, float):
            axes.axvline(answer.typical, color=INK, lw=0.9)
        words = answer.text
    page.text(left, top + 4.4, words, size=SMALL)


def _note(read: FaceRead, result: Reading | None, sha256: str, with_source: bool) -> str:
    shown = "" if with_source else ", photograph not shown"
    sentences = [f"What an embedding of {read.encoder} tells (source sha256 {sha256[:12]}…{shown})"]
    if read.edits.changes:
        cosine = read.now.nearness
        near = "" if cosine is None else f"; {cosine.measure} to the unaltered one {cosine.score:.2f}"
        sentences.append(f"Altered: {read.edits.words()}{near}")
    if result is not None:
        sentences.append("Inversion: its saved picture, detected, aligned and embedded again")
    sentences.append(
        "Rings: landmarks read from the embedding; dots: dlib's landmarks of the picture. Solid: colours read; dotted: "
        "the picture's. Bars: calibrated probability, or the value with nine of ten calibration faces within the line. "
        "Ticks: what one would say without looking. At the right, how good each probe is on unseen generated faces "
        "and on photographs of openpeople, with 95 % intervals where there is room"
    )
    labellers = ", ".join(dict.fromkeys(one.labeller for one in read.before.readouts))
    sentences.append(f"Labels by {labellers}. Calibrated on {read.before.readouts[0].calibrated_on}")
    return ". ".join(sentences) + "."
