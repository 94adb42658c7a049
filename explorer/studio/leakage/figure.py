"""The figure of what an embedding tells (thesis figure 3.4, with every attribute): as it is, altered, and inverted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from explorer.science.leakage.labels import MEASURE_SIZE
from explorer.science.leakage.readout import (
    CANNOT_TELL,
    CHANCE_IS,
    MetricValue,
    Readout,
    axis_of,
    calibration_sentences,
    vague_sentences,
)
from explorer.studio.export.lettering import badged, marked, width_of, wrapped
from explorer.studio.export.page import ATTACKED, GREY, HELD_OUT, INK, RULE, SMALL, Page, house_style
from explorer.studio.leakage.readings import FaceRead, Reading

WIDTH, NARROWEST, DPI = 180.0, 80.0, 300
SUBJECTS = ("as it is", "altered", "inversion")

# All in millimetres. The answers of a subject are at least so wide where a column of the probes' quality stands beside
# them, and grow with a page wider than usual.
_ANSWERS, _LEAST_BESIDE, _QUALITY = 36.0, 24.0, 44.0
_LEFT, _GAP, _ROW, _LINE = 22.0, 4.0, 6.6, 2.8
_COLOURS = ("#c0392b", "#1e8449", "#2e5fa3")
_MARK_POINTS = 4.6
_VAGUE = "#b5b5b5"  # of what cannot be told


@dataclass(frozen=True)
class _Layout:
    """How a page is divided, in millimetres.

    answers: width of a subject's pictures and bars; subjects: how many there are.
    beside: whether how good the probes are stands to the right of the answers; else it stands below each.
    """

    width: float
    answers: float
    subjects: int
    beside: bool

    @property
    def picture(self) -> float:
        """Side of a picture."""
        return self.answers - 2

    @property
    def histogram(self) -> float:
        """Height of a histogram."""
        return self.picture / 2

    @property
    def bar(self) -> float:
        """Width of a bar; a short one takes all there is."""
        return min(self.picture, max(24.0, self.picture - 10))

    @property
    def table(self) -> float:
        """Where the table begins."""
        return self.picture + self.histogram + 2 * _LINE + 10

    @property
    def right(self) -> float:
        """Where the answers end."""
        return self.left(self.subjects)

    def left(self, subject: int) -> float:
        """Where a subject's answers begin."""
        return _LEFT + subject * (self.answers + _GAP)


def _laid_out(width: float, subjects: int) -> _Layout:
    beside = width >= _LEFT + subjects * (_LEAST_BESIDE + _GAP) + _QUALITY
    room = width - _LEFT - _QUALITY if beside else width - _LEFT + _GAP
    return _Layout(width, min(room / subjects - _GAP, _ANSWERS * max(1.0, width / WIDTH)), subjects, beside)


def draw_readings(
    read: FaceRead,
    result: Reading | None,
    *,
    sha256: str,
    guided: bool = False,
    with_source: bool = False,
    width: float = WIDTH,
    dpi: float = DPI,
) -> Figure:
    """Compose the figure; `page.save` writes it.

    Args:
        read: with readouts. result: of the inversion, where there is one; guided: whether the photograph guided it.
        sha256: of the source, for the caption.
        with_source: whether the photograph is shown; landmarks and histograms are drawn without it too.
        width: of the figure in millimetres, `NARROWEST` or more. How good the probes are stands beside the answers
            where there is room, and else below each.
    """
    shown: dict[str, Reading] = {SUBJECTS[0]: read.before}
    if read.now is not read.before:
        shown[SUBJECTS[1]] = read.now
    if result is not None:
        shown[SUBJECTS[2]] = result
    laid = _laid_out(width, len(shown))
    rows = [one for one in read.before.readouts if not (laid.beside and isinstance(one.value, np.ndarray))]
    with house_style():
        note = wrapped(_note(read, result, sha256, with_source, laid.beside), SMALL, width - 0.5)
        heights = [_ROW if laid.beside else _first_below(one) + 2.6 * len(_below(one, width)) - 1.6 for one in rows]
        page = Page(width, laid.table + sum(heights) + 4 + _LINE * len(note), dpi)
        for place, (name, reading) in enumerate(shown.items()):
            page.text(laid.left(place), _LINE, name, weight="SemiBold")
            inverted = name == SUBJECTS[2]
            _picture(page, laid, reading, place, visible=inverted or with_source, inverted=inverted, guided=guided)
            _histogram(page, laid, reading, place)
        if laid.beside:
            _quality_of_arrays(page, laid, read)
        _table(page, laid, rows, heights, shown)
        for line, words in enumerate(note):
            page.text(0, page.height - _LINE * (len(note) - line - 0.75), words, size=SMALL, colour=GREY)
        return page.figure


def _picture(
    page: Page, laid: _Layout, reading: Reading, place: int, *, visible: bool, inverted: bool, guided: bool
) -> None:
    left, top, size = laid.left(place), _LINE + 1.5, laid.picture
    if visible and reading.frame is not None:
        axes = page.picture(_labelled(page, reading.frame, size, inverted, guided), left, top, size)
        side = page.pixels(size)
    else:
        axes = page.axes(left, top, size, size)
        axes.set(xlim=(0, 1), ylim=(1, 0), xticks=[], yticks=[])
        for spine in axes.spines.values():
            spine.set(color=RULE, lw=0.5)
        side = 1
    axes.autoscale(False)  # a landmark outside must not move the picture
    said = reading.readout("landmarks")
    # Pixel centres of the picture lie on whole numbers in matplotlib.
    shift = 0.5 if side > 1 else 0.0
    if said is not None and isinstance(said.value, np.ndarray):
        read = said.value / MEASURE_SIZE * side - shift
        axes.plot(*read.T, ls="", marker="o", ms=2.2, mew=0.5, mec=ATTACKED, mfc="none")
    if reading.landmarks is not None:
        seen = reading.landmarks / MEASURE_SIZE * side - shift
        axes.plot(*seen.T, ls="", marker="o", ms=1.1, mew=0, color=HELD_OUT[3])
    if reading.landmark_error is not None:
        percent = f"{reading.landmark_error:.1f} %"
        words = fitting(laid.answers, f"landmark error {percent}", f"landmarks {percent}")
        page.text(left, top + size + _LINE, words, size=SMALL)


def _labelled(page: Page, frame: NDArray[np.uint8], side: float, inverted: bool, guided: bool) -> NDArray[np.uint8]:
    if not inverted:
        return frame
    size = round(_MARK_POINTS / 72 * page.dpi * frame.shape[0] / page.pixels(side))
    frame = marked(frame, size)
    return badged(frame, size) if guided else frame


def _histogram(page: Page, laid: _Layout, reading: Reading, place: int) -> None:
    said = reading.readout("histogram")
    if said is None or not isinstance(said.value, np.ndarray):
        return
    left, top = laid.left(place), laid.picture + 2 * _LINE + 4
    axes = page.axes(left, top, laid.picture, laid.histogram)
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
        distance = f"EMD {reading.histogram_error:.2f} bins"
        page.text(
            left, top + laid.histogram + _LINE, fitting(laid.answers, f"colours: {distance}", distance), size=SMALL
        )


def _rows(histogram: NDArray[np.float32] | None) -> list[NDArray[np.float32] | None]:
    return [None] * 3 if histogram is None else list(histogram)


def _quality_of_arrays(page: Page, laid: _Layout, read: FaceRead) -> None:
    """How good the two probes are that the pictures show, to the right of these."""
    left = laid.right
    for probe, top in (("landmarks", _LINE + 1.5), ("histogram", laid.picture + 2 * _LINE + 4)):
        one = read.before.readout(probe)
        if one is not None:
            page.text(left, top + _LINE, one.title, weight="Medium")
            lines = [line for words in _quality_words(one) for line in wrapped(words, SMALL, laid.width - left)]
            for number, words in enumerate(lines):
                page.text(left, top + _LINE * (number + 2.2), words, size=SMALL, colour=GREY)


def _quality_words(one: Readout) -> list[str]:
    said = [f"{name}: {_words(quality)}" for name, quality in _measured(one)]
    return [CANNOT_TELL, *said] if one.tells is False else said


def _measured(one: Readout) -> tuple[tuple[str, MetricValue | None], ...]:
    """How good a probe is, photographs first: they are what it is used on."""
    return ("photographs", one.on_photographs), ("generated faces", one.test)


def _words(quality: MetricValue | None) -> str:
    return "not measured" if quality is None else quality.words()


def _below(one: Readout, width: float) -> list[str]:
    """How good a probe is, in lines as wide as the page, without intervals."""
    known = [(where, quality) for where, quality in _measured(one) if quality is not None]
    if not known:
        return ["not measured"]
    # The measure is named once.
    measure = f"{known[0][1].measure} "
    said = [
        f"{where}: {words if number == 0 else words.removeprefix(measure)}"
        for number, (where, words) in enumerate((where, _without_interval(quality)) for where, quality in known)
    ]
    said = [CANNOT_TELL, *said] if one.tells is False else said
    return wrapped("; ".join(said), SMALL, width)


def _without_interval(quality: MetricValue) -> str:
    head, _, rest = quality.words().partition(" (")
    chance = rest.partition("chance ")[2].rstrip(")")
    return f"{head} (chance {chance})" if chance else head


def _table(page: Page, laid: _Layout, rows: list[Readout], heights: list[float], shown: Mapping[str, Reading]) -> None:
    top = laid.table
    page.rule(0, page.width, top, 0.5)
    for one, height in zip(rows, heights, strict=True):
        page.text(0, top + 3.4, one.title, colour=GREY if one.tells is False else INK)
        for place, reading in enumerate(shown.values()):
            answer = reading.readout(one.probe)
            if answer is not None and not isinstance(answer.value, np.ndarray):
                _bar(page, answer, laid.left(place), top + 1.2, laid.bar)
        _quality_of_row(page, laid, one, top)
        top += height
    page.rule(0, page.width, top + 1, 0.5)


def _quality_of_row(page: Page, laid: _Layout, one: Readout, top: float) -> None:
    """How good a probe is, beside its answers or below them."""
    if laid.beside:
        left, first = laid.right, top + 2.6
        lines = [fitting(laid.width - left, *words) for words in _said_shorter(one)]
    else:
        left, first = 0.0, top + _first_below(one)
        lines = _below(one, laid.width)
    for line, words in enumerate(lines):
        page.text(left, first + line * 2.6, words, size=SMALL, colour=GREY)


def _first_below(one: Readout) -> float:
    """How far below a row's top its first line of quality stands; what an array says stands above, as a picture."""
    return 6.0 if isinstance(one.value, np.ndarray) else 8.2


def _said_shorter(one: Readout) -> Iterator[list[str]]:
    """How good a probe is on either kind of faces: with its interval, without, and without the measure's name."""
    for name, quality in _measured(one):
        if quality is None:
            yield [f"{name}: not measured"]
        else:
            shorter = _without_interval(quality)
            bare = shorter.removeprefix(f"{quality.measure} ")
            # A share of faces that are all of one class is no balanced accuracy.
            shortest = f"{bare.partition(' (')[0]} of one class" if quality.of_one_class else bare
            yield [f"{name}: {words}" for words in (quality.words(), shorter, shortest)]


def fitting(room: float, *choices: str) -> str:
    """The first of some words that is set within so many millimetres, or the last."""
    return next((words for words in choices if width_of(words, SMALL) <= room), choices[-1])


def _bar(page: Page, answer: Readout, left: float, top: float, width: float) -> None:
    """A bar from nothing to the probability, or a dot with its margin, and a tick at what is usual.

    Grey where the probe cannot tell.
    """
    colour, words_colour = (_VAGUE, GREY) if answer.tells is False else (HELD_OUT[0], INK)
    axes = page.axes(left, top, width, 2.4)
    axes.set(yticks=[], xticks=[], ylim=(0, 1))
    for side in ("left", "top", "right", "bottom"):
        axes.spines[side].set_visible(False)
    if answer.probability is not None:
        named, probability, usual = answer.presence()
        axes.set_xlim(0, 1)
        axes.axhspan(0.2, 0.8, 0, 1, color="#ececec", lw=0)
        if not answer.hidden:
            axes.axhspan(0.2, 0.8, 0, probability, color=colour, lw=0)
        axes.axvline(usual, color=INK, lw=0.9)
        words = f"{named} {100 * probability:.0f} %"
    else:
        low, high = axis_of(answer.probe)
        assert isinstance(answer.value, float)
        axes.set_xlim(low, high)
        axes.axhspan(0.42, 0.58, 0, 1, color="#ececec", lw=0)
        if answer.margin is not None and not answer.hidden:
            axes.plot([answer.value - answer.margin, answer.value + answer.margin], [0.5, 0.5], color=colour, lw=1)
        if not answer.hidden:
            axes.plot([answer.value], [0.5], marker="o", ms=3, mew=0, color=colour)
        if isinstance(answer.typical, float):
            axes.axvline(answer.typical, color=INK, lw=0.9)
        words = answer.text
    if answer.tells is False:
        words = CANNOT_TELL if answer.hidden else fitting(width, f"{CANNOT_TELL} ({words})", CANNOT_TELL)
    page.text(left, top + 4.4, words, size=SMALL, colour=words_colour)


def _note(read: FaceRead, result: Reading | None, sha256: str, with_source: bool, beside: bool) -> str:
    shown = "" if with_source else ", photograph not shown"
    sentences = [f"What an embedding of {read.encoder} tells (source sha256 {sha256[:12]}…{shown})"]
    if read.edits.changes:
        cosine = read.now.nearness
        near = "" if cosine is None else f"; {cosine.measure} to the unaltered one {cosine.score:.2f}"
        sentences.append(f"Altered: {read.edits.words()}{near}")
    place = "At the right" if beside else "Below each"
    intervals = ", with 95 % intervals where there is room" if beside else ""
    if result is not None:
        sentences.append("Inversion: its saved picture, detected, aligned and embedded again")
    sentences.append(
        "Rings: landmarks read from the embedding; dots: dlib's landmarks of the picture. Solid: colours read; dotted: "
        "the picture's. Bars: calibrated probability, or the value with nine of ten calibration faces within the line. "
        f"Ticks: the share or the mean of the calibration faces. {place}, how good each probe is (balanced accuracy or "
        f"mean error) on photographs ({read.before.readouts[0].judged_on}) and on unseen generated faces{intervals}"
    )
    sentences.append(CHANCE_IS.removesuffix("."))
    reasons = vague_sentences(read.before.readouts)
    sentences += [f"Grey, “{CANNOT_TELL}”: {reason.partition(': ')[2].removesuffix('.')}" for reason in reasons]
    labellers = ", ".join(dict.fromkeys(one.labeller for one in read.before.readouts))
    sentences += [f"Labels by {labellers}", *calibration_sentences(read.before.readouts)]
    fitted = read.before.readouts[0].fitted_on
    sentences += [fitted[:1].upper() + fitted[1:]] if fitted else []
    return ". ".join(sentences) + "."
