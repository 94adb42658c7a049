"""The card beside a brought encoder, to be read by people."""

from __future__ import annotations

from collections.abc import Sequence

from explorer.science.evaluation.score import population_title
from explorer.science.names import shown
from explorer.studio.bringing.faces import FacesOfPeople
from explorer.studio.bringing.tried import TriedNetwork
from explorer.studio.bringing.trying import LEAST_AUC
from explorer.studio.bringing.words import auc_words, threshold_words
from explorer.studio.catalogue.brought_encoders import EncoderCard

_ROWS = 20

_WORDS = """# {id}: an encoder of your own

| | |
|---|---|
| network | {architecture}, from {source} ({file_format}, {size:.1f} MB) |
| sha256 | `{sha256}` |
| in records | `{computes}`, which follows from the file, the layer and how faces are fed |
| layer | {layer}, {dimension} numbers |
| faces | {how} ({chosen}) |
| threshold | {threshold} |
| licence | {licence}; commercial use {commercial} |
| command | `likeness networks import {source}` |

The network's file is kept as it came. Of the people that it was tried on neither a picture nor an embedding is kept.

## On whom it was measured

| population | people | pictures | pairs of strangers | AUC [95 % by person] | threshold at FMR 1e-3 |
|---|---|---|---|---|---|
{populations}

A network is taken only where the lower end of the interval on the first lies above {least:g}; one half is \
chance.{credit}

## Conventions that were tried on {population}

The mean scores of the same and of different people lie apart by so many of their deviations. Lines on fewer pictures \
were left behind in an earlier round.

| | convention | pictures | AUC [95 % by person] | apart |
|---|---|---|---|---|
{conventions}
"""


def card_text(card: EncoderCard, tried: TriedNetwork, sets: Sequence[FacesOfPeople]) -> str:
    """Write the card as Markdown."""
    makers = [one.credit for one in sets if one.credit]
    return _WORDS.format(
        id=card.id,
        architecture=card.architecture,
        source=shown(card.source),
        file_format=card.file_format,
        size=card.size / 1e6,
        sha256=card.sha256,
        computes=card.computes,
        layer=card.layer,
        dimension=card.dimension,
        how=card.input.convention.describe(),
        chosen="what separates best" if card.proposed else "as its owner says",
        threshold=threshold_words(card),
        licence=card.licence.replace("|", "/"),
        commercial="allowed" if card.commercial else "not allowed, or not known to be",
        populations="\n".join(_populations(card)),
        least=LEAST_AUC,
        credit=f" {'. '.join(makers)}." if makers else "",
        population=population_title(tried.population),
        conventions="\n".join(_conventions(card, tried)),
    )


def _populations(card: EncoderCard) -> list[str]:
    rows = []
    for one in card.populations:
        auc = "–" if one.auc is None else f"{one.auc:.3f} [{one.low:.3f}, {one.high:.3f}]"
        threshold = "cannot be told" if one.threshold is None else f"{one.threshold:.3f}"
        cells = (population_title(one.name), str(one.people), str(one.photographs), f"{one.pairs:,}", auc, threshold)
        rows.append(f"| {' | '.join(cells)} |")
    return rows


def _conventions(card: EncoderCard, tried: TriedNetwork) -> list[str]:
    rows = []
    for one in tried.table[:_ROWS]:
        mark = "taken" if one.convention == card.input.convention else ""
        rows.append(
            f"| {mark} | {one.convention.describe()} | {one.photographs} | {auc_words(one)} | {one.found.apart:.2f} |"
        )
    return rows
