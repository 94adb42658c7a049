"""The card beside the counts of strangers: what they are for, how they were made, what they say."""

from __future__ import annotations

from collections.abc import Sequence

from explorer.science.evaluation.score import population_title, short_rate
from explorer.studio.evaluation.strangers import EncoderRow, MeasuredSet, interval_words

CARD_FMRS = (1e-2, 1e-3, 1e-4)

_WORDS = """# {stem}: how many strangers pass at a score

What it does: verdicts go by the threshold at FMR 1e-3 among generated faces (`gallery.md`). These counts say beside it
how many pairs of different people in photographs pass that threshold, or come as near as a score
(`explorer/science/recognition/impostors.py`).

| | |
|---|---|
| recipe | `explorer/science/evaluation/strangers.py`: the most prominent face of each photograph, embedded by every \
encoder; all pairs of photographs of different people, counted in steps of 0.002 |
| interval | 95 %, people drawn again with all their photographs, 1,000 times; where no pair passes, it goes up to \
3 / pairs of people (the rule of three) |
| threshold at an FMR | told where at least 30 pairs pass at it (the rule of 30) |
| command | `{command}`; of a set of your own, `likeness evaluate impostors FOLDER --keep NAME` |
| data | {data} |
| time | {minutes:.0f} minutes on two CPU cores |
| file | safetensors: by population and encoder the number of pairs at each score, and the ends of the interval; no \
picture and no embedding |
| terms | numbers about each encoder; ORL's makers are to be credited: AT&T Laboratories Cambridge (F. Samaria and \
A. Harter, *Parameterisation of a stochastic model for human face identification*, 1994) |

No population is the world. ORL's forty are mostly men, in a laboratory's light; openpeople's ten are synthetic, and
resemble each other more than people do. Measure your own."""


def impostors_card(
    stem: str, tables: Sequence[tuple[MeasuredSet, Sequence[EncoderRow]]], encoder: str | None, seconds: float
) -> str:
    """Write the card as Markdown.

    Args:
        stem: of the file of counts.
        tables: what was measured, and its rows at `CARD_FMRS`.
        encoder: the only one, where the file is of one alone.
        seconds: how long it took.
    """
    command = "likeness train impostors" + ("" if encoder is None else f" --encoder {encoder}")
    lines = [_WORDS.format(stem=stem, command=command, data=_data(tables), minutes=seconds / 60)]
    for measured, rows in tables:
        lines += ["", f"## {population_title(measured.name)}", "", *_table(rows)]
    return "\n".join([*lines, ""])


def _data(tables: Sequence[tuple[MeasuredSet, Sequence[EncoderRow]]]) -> str:
    return "; ".join(
        f"{population_title(measured.name)}, {measured.photographs} photographs of {measured.people} people, "
        f"{measured.pairs:,} pairs"
        for measured, _ in tables
    )


def _table(rows: Sequence[EncoderRow]) -> list[str]:
    fmrs = [f"threshold at {short_rate(fmr)}" for fmr in rows[0].at]
    heads = ["encoder", "threshold", "strangers pass", "makers' threshold", "strangers pass", *fmrs]
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    for row in rows:
        cells = [
            row.encoder,
            "–" if row.threshold is None else f"{row.threshold:.3f}",
            interval_words(row.rate),
            "–" if row.own_threshold is None else f"{row.own_threshold:g}",
            interval_words(row.own_rate),
            *("cannot be told" if at is None else f"{at:.3f}" for at in row.at.values()),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return lines
