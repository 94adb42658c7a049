"""Figure 13 of the Deep Face Decoder: verification before and after an attack, without and behind a defence."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter

from explorer.science.names import shown
from explorer.studio.export.page import ATTACKED, GREY, INK, RULE, SMALL, Page, house_style, typeface
from explorer.studio.laboratory.attack_sets_judged import AttackSetRecord, EncoderAttacks

_CLEAN, _AIM = "#009e73", "#0072b2"
_COLOURS = {"clean": _CLEAN, "attacked": ATTACKED, "accepted as the aim": _AIM}
_PANEL, _HEIGHT, _LEFT, _TOP, _GAP = 52.0, 46.0, 12.0, 14.0, 16.0
_LINE = 3.6
_Dashes = str | tuple[int, tuple[float, ...]]
# Of defences: the first is drawn in dashes, as in the paper.
_DASHES: tuple[_Dashes, ...] = (
    *("-", (0, (4, 2)), (0, (1, 1.5)), (0, (4, 1.5, 1, 1.5))),
    *((0, (8, 2)), (0, (4, 1.5, 1, 1.5, 1, 1.5)), (0, (2, 4))),
)
_KNOWN = ", known"
_WIDE, _THIN = 1.2, 0.6
_ACROSS = 3


def draw_roc(record: AttackSetRecord, dpi: float = 300) -> Figure | None:
    """A panel an encoder: the share of genuine comparisons that pass at false match rates; None where no encoder's
    pairs tell any."""
    panels = [one for one in record.encoders if one.curves]
    if not panels:
        return None
    across = min(_ACROSS, len(panels))
    down = -(-len(panels) // across)
    names = [name for name in dict.fromkeys(curve.name for one in panels for curve in one.curves) if _drawn(name)]
    below = 6 + _LINE * -(-len(names) // across)
    with house_style():
        page = Page(_LEFT + across * (_PANEL + _GAP), _TOP + down * (_HEIGHT + _GAP) + below, dpi)
        page.text(2, 6, _title(record), weight="SemiBold")
        for place, one in enumerate(panels):
            left = _LEFT + (place % across) * (_PANEL + _GAP)
            top = _TOP + (place // across) * (_HEIGHT + _GAP)
            page.text(left, top - 1.6, one.encoder + ("" if one.attacked else " (held out)"), weight="Medium")
            _draw(page.axes(left, top, _PANEL, _HEIGHT), one, names)
        _name(page, names, _TOP + down * (_HEIGHT + _GAP), across)
        note = "False match rates are those of photographs of different people, not attacked. Bands: 95 % by person."
        page.text(2, page.height - 3, " ".join([note, record.credit]).strip(), size=SMALL, colour=GREY)
    return page.figure


def _title(record: AttackSetRecord) -> str:
    settings = record.settings
    bound = "" if settings.largest is None else f" {settings.budget:g}/255"
    where = "away from the photograph" if record.away else "towards another person"
    return f"{settings.method.upper()}{bound} on {settings.encoder}, {where}: {shown(record.set)}"


def _draw(axes: Axes, one: EncoderAttacks, names: Sequence[str]) -> None:
    for curve in one.curves:
        if curve.name not in names:
            continue
        colour, dashes, width = _look(curve.name, names)
        axes.plot(curve.rates, curve.shares, color=colour, ls=dashes, lw=width)
        axes.fill_between(curve.rates, curve.low, curve.high, color=colour, alpha=0.08, lw=0)
    axes.set_xscale("log")
    # Mathematical lettering is off: a power of ten would be shown as it is written.
    axes.xaxis.set_major_formatter(FuncFormatter(lambda rate, _: f"{rate:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlim(min(curve.rates[0] for curve in one.curves), 1.0)
    axes.set_ylim(0.0, 1.02)
    axes.set_xlabel("false match rate", fontproperties=typeface(SMALL), color=GREY, labelpad=1.5)
    axes.set_ylabel("share that passes", fontproperties=typeface(SMALL), color=GREY, labelpad=2)
    axes.grid(color=RULE, lw=0.3)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(RULE)
    axes.tick_params(length=2, width=0.5, color=RULE, labelcolor=INK, pad=2, which="both")
    for label in [*axes.get_xticklabels(which="both"), *axes.get_yticklabels()]:
        label.set_fontproperties(typeface(SMALL))


def _drawn(name: str) -> bool:
    """Whether a curve is drawn: what an attack knows changes nothing for photographs that are not attacked."""
    return not (name.startswith("clean") and name.endswith(_KNOWN))


def _look(name: str, names: Sequence[str]) -> tuple[str, _Dashes, float]:
    """Colour, dashes and width: dashes tell defences apart, and the line is thin where the attack knows them."""
    kind, _, defence = name.removesuffix(_KNOWN).partition(", ")
    defences = list(dict.fromkeys(one.removesuffix(_KNOWN).partition(", ")[2] for one in names))
    dashes = _DASHES[defences.index(defence) % len(_DASHES)]
    return _COLOURS[kind], dashes, _THIN if name.endswith(_KNOWN) else _WIDE


def _name(page: Page, names: Sequence[str], top: float, across: int) -> None:
    """The legend, in as many columns as there are panels beside each other."""
    down = -(-len(names) // across)
    for place, name in enumerate(names):
        left = _LEFT + (place // down) * (_PANEL + _GAP)
        height = top + _LINE * (place % down)
        colour, dashes, width = _look(name, names)
        line = page.axes(left, height - 1.4, 8, 1)
        line.set_axis_off()
        line.plot([0, 1], [0, 0], color=colour, ls=dashes, lw=width)
        page.text(left + 10, height, name, size=SMALL)
