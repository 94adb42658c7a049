"""The card beside probes that were fitted on photographs of people: on whom, how, and how good they are."""

from __future__ import annotations

from collections.abc import Mapping

from explorer.science.leakage.fitted import FittedProbe
from explorer.science.leakage.probes import PROBES
from explorer.studio.catalogue.networks import known_encoder
from explorer.studio.corpus.photograph_fitting import PeopleSeen


def photograph_probe_card(
    encoder: str,
    people: PeopleSeen,
    probes: Mapping[str, FittedProbe],
    refused: Mapping[str, str],
    seconds: float,
) -> str:
    """Write the card as Markdown.

    Args:
        probes: that were fitted. refused: why others were not, by name.
        seconds: how long the fit took, when everything was seen.
    """
    spec, first = known_encoder(encoder), next(iter(probes.values())).record
    lines = [
        f"# probes-{encoder}: fitted on photographs of {people.judged.name}",
        "",
        f"What they do: each reads one thing that is not identity from a {spec.dimension}-number",
        "embedding alone (`likeness probe --probes`).",
        "",
        "| | |",
        "|---|---|",
        "| recipe | `explorer/science/training/photograph_probes.py`: ridge regression, penalty by folds of people |",
        f"| command | `likeness train probes --photographs FOLDER --encoder {encoder} --out DIR` |",
        f"| data | {people.words}; {first.fitted_on} |",
        f"| calibrated on | {first.calibrated_on} |",
        f"| time | {seconds:.0f} s, what was seen of the photographs being there |",
        "| file | safetensors; matrices as signed bytes with a scale for each row |",
        f"| terms | those of the photographs, of {encoder} ({spec.licence}) and of the labelling networks, of which "
        "face parsing and PyEmotion state no terms |",
        "",
        "The weights were fitted on people: whoever has them can ask whether somebody was among these. Nobody is on",
        "both sides: neither of a fold, nor of the fit and its judgement. Intervals are those of the people who judge,",
        "drawn again with all their photographs. Labels are the set's own where it has any, and a network's otherwise:",
        "what a probe is judged by is their word too.",
        "",
        "| probe | labels by | settings | fitted on | chance | people apart |",
        "|---|---|---|---|---|---|",
    ]
    for name, fitted in probes.items():
        record, measured = fitted.record, fitted.record.portraits[0]
        unit = f" {measured.unit}" if measured.unit else ""
        cells = (
            f"{PROBES[name].title}, {measured.measure}",
            PROBES[name].labeller,
            record.candidate,
            f"{record.trained_on:,} of {record.people:,} people",
            "" if measured.chance is None else f"{measured.chance:.2f}",
            f"{measured.value:.2f}{unit} [{measured.low:.2f}, {measured.high:.2f}]",
        )
        lines.append(f"| {' | '.join(cells)} |")
    lines += ["", *(f"Not fitted: {why}." for why in refused.values())] if refused else []
    return "\n".join([*lines, ""])
