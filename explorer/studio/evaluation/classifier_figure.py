"""Figure 8 of DIFFUSE: the attribute classifier's accuracy on held-out pictures over the epochs."""

from __future__ import annotations

from matplotlib.figure import Figure

from explorer.science.translation.classifier import ClassifierRecord
from explorer.studio.export.lettering import wrapped
from explorer.studio.export.page import ATTACKED, GREY, HELD_OUT, SMALL, Page, house_style, plain_axes, typeface

_WIDTH, _HEIGHT, _LINE = 88.0, 52.0, 2.8


def draw_accuracy(record: ClassifierRecord) -> Figure:
    """A line an attribute; half of the answers are right by chance."""
    note = (
        f"Accuracy on {record.held_out:,} held-out pictures, the mean of an attribute's two classes, so that chance is "
        f"0.5. Learnt from {record.trained_on:,} {record.data}."
    )
    lines = wrapped(note, SMALL, _WIDTH - 2)
    with house_style():
        page = Page(_WIDTH, _HEIGHT + 8 + _LINE * len(lines), 300)
        axes = page.axes(9, 3, _WIDTH - 12, _HEIGHT - 6)
        for place, name in enumerate(record.attributes):
            known = [(one.epoch, one.accuracy[name]) for one in record.epochs if name in one.accuracy]
            colour = (ATTACKED, *HELD_OUT)[place % (1 + len(HELD_OUT))]
            axes.plot(*zip(*known, strict=True), marker="o", ms=2, lw=0.9, color=colour, label=name) if known else None
        axes.set_ylim(0.45, 1.0)
        axes.set_xlabel("epoch", fontproperties=typeface(SMALL))
        if axes.get_legend_handles_labels()[0]:
            axes.legend(prop=typeface(SMALL), frameon=False, loc="lower right")
        plain_axes(axes)
        for place, words in enumerate(lines):
            page.text(1, _HEIGHT + 5 + _LINE * place, words, size=SMALL, colour=GREY)
    return page.figure
