"""The card beside the probes of an encoder: what they do, how they were made, how good they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from explorer.science.leakage.fitted import FittedProbe
from explorer.science.leakage.probes import PROBES
from explorer.science.leakage.readout import MetricValue
from explorer.studio.catalogue.networks import known_encoder

_OPENPEOPLE = (
    "Openpeople's photographs are labelled by hand (`openpeople-labels.md`); no probe learnt from their labels.",
    "What differs between photographs of one of its people is shrunk in probes that say so: their column is no",
    "judgement by strangers, ORL is (`benchmarks/results/photograph_probes.json`).",
)
_HEAD = "| probe | labels by | settings | chance | test split | openpeople | calibration error (test) |"


def probe_card(
    encoder: str,
    probes: Mapping[str, FittedProbe],
    thesis: Mapping[str, FittedProbe],
    corpus: str,
    seconds: float,
) -> str:
    """Write the card as Markdown.

    Args:
        probes: that ship. thesis: the same by the thesis's settings, for comparison; may be empty.
        corpus: what they were trained on, in words.
        seconds: how long it took.
    """
    first, spec = next(iter(probes.values())).record, known_encoder(encoder)
    lines = [
        f"# probes-{encoder}: what an embedding of {encoder} gives away",
        "",
        f"What they do: each reads one thing that is not identity from a {spec.dimension}-number",
        "embedding alone (`explorer/science/leakage/probes.py`; `likeness probe`).",
        "",
        "| | |",
        "|---|---|",
        "| recipe | `explorer/science/training/probes.py` |",
        f"| commands | `likeness train corpus --work DIR`, `likeness train probes --work DIR --encoder {encoder}` |",
        f"| data | {corpus} |",
        f"| calibrated on | {first.calibrated_on} |",
        f"| time | {_lasted(seconds)} |",
        "| file | safetensors; matrices as signed bytes with a scale for each row |",
        f"| terms | made with MobileStyleGAN (non-commercial research), {encoder} ({spec.licence}) and the "
        "labelling networks, of which face parsing and PyEmotion state no terms: non-commercial research only |",
        "",
        *_OPENPEOPLE,
        "Their intervals are those of the people, drawn again with all their photographs.",
        "The corpus is not the world: trust the column of photographs.",
        "",
        *_table(probes),
    ]
    if thesis:
        lines += ["", "The same by the thesis's settings to the letter (3.2.1 to 3.2.3), which do not ship:", ""]
        lines += _table(thesis)
    return "\n".join([*lines, ""])


def renewed_card(card: str, anew: Mapping[str, FittedProbe], corpus: str, seconds: float) -> str:
    """The card of probes some of which were trained anew; what it says of the others stays.

    Args:
        card: as `probe_card` or this wrote it.
        anew: the new ones, each of which the card has a row of.
        corpus: what they were trained on, in words. seconds: how long that took.

    Raises:
        ValueError: it is no such card, or lacks a row.
    """
    lines = card.split("\n")
    names = ", ".join(PROBES[name].title.lower() for name in anew)
    row = f"| {names}, trained anew | {corpus}; {_lasted(seconds)} |"
    kept = [line for line in lines if not line.startswith(f"| {names}, trained anew |") and line not in _OPENPEOPLE]
    # Cards of before say that nothing of openpeople took part.
    told = _place(kept, "Openpeople's photographs", "Their")
    kept[told : told + (not kept[told].startswith("Their"))] = _OPENPEOPLE
    kept.insert(_place(kept, "| time |") + 1, row)
    for new in _table(anew)[2:]:
        # The first such row is of the probes that ship; one by the thesis's settings may follow.
        kept[_place(kept, f"{new.split(',')[0]}, ")] = new
    return "\n".join(kept)


def _place(lines: Sequence[str], *begin: str) -> int:
    """The first line that begins so.

    Raises:
        ValueError: there is none.
    """
    for place, line in enumerate(lines):
        if line.startswith(begin):
            return place
    raise ValueError(f"no line begins with {begin[0]}")


def _lasted(seconds: float) -> str:
    return f"{seconds:.0f} seconds" if seconds < 60 else f"{seconds / 60:.0f} minutes"


def _table(probes: Mapping[str, FittedProbe]) -> list[str]:
    rows = [_HEAD, "|---|---|---|---|---|---|---|"]
    for name, fitted in probes.items():
        record = fitted.record
        chance = record.test[0].chance if record.test else None
        cells = (
            f"{PROBES[name].title}, {record.test[0].measure if record.test else ''}",
            PROBES[name].labeller,
            record.candidate,
            "" if chance is None else f"{chance:.2f}",
            _figure(record.test),
            _figure(record.portraits),
            next((f"{one.value:.3f}" for one in record.test if one.measure == "calibration error"), ""),
        )
        rows.append(f"| {' | '.join(cells)} |")
    return rows


def _figure(qualities: Sequence[MetricValue]) -> str:
    """The main measure with its interval; named where it is not the test split's."""
    if not qualities:
        return "not measured"
    one = qualities[0]
    unit = f" {one.unit}" if one.unit else ""
    alone = f" ({one.measure})" if one.measure.startswith("recognised") else ""
    return f"{one.value:.2f}{unit} [{one.low:.2f}, {one.high:.2f}]{alone}"
