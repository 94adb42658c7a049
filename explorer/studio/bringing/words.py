"""What was tried, in words: the table of conventions, and one encoder in a few lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from explorer.science.evaluation.score import population_title
from explorer.science.names import shown
from explorer.studio.bringing.tried import TriedNetwork
from explorer.studio.catalogue.brought_encoders import EncoderCard, Population

if TYPE_CHECKING:
    from explorer.science.evaluation.conventions import TriedConvention

ROWS_SHOWN = 12


def description_words(tried: TriedNetwork) -> str:
    """What a file is, in one line."""
    about = tried.description
    sizes = ", ".join(f"{rows} x {columns}" for rows, columns in about.sizes)
    unit = ", of length one" if about.normalised else ""
    return f"{about.architecture}: {about.dimension} numbers{unit} by the layer {about.layer}, from faces of {sizes} px"


def table(tried: TriedNetwork, rows: int = ROWS_SHOWN) -> str:
    """The first lines of the table as text, the proposed one marked."""
    lines = [f"  {'':<3}{'AUC [95 % by person]':<24}{'apart':>6}  {'faces':>5}  convention"]
    for number, one in enumerate(tried.table[:rows], 1):
        mark = "*" if number == 1 else " "
        lines.append(
            f"{mark} {number:>2} {auc_words(one):<24}{one.found.apart:>6.2f}  {one.photographs:>5}  "
            f"{one.convention.describe()}"
        )
    more = len(tried.table) - rows
    if more > 0:
        lines.append(f"  and {more} that separate less")
    lines.append(
        f"* is proposed: under it the {tried.proposed.found.people} people of {population_title(tried.population)} "
        "are told apart best"
    )
    return "\n".join(lines)


def auc_words(one: TriedConvention) -> str:
    """Such as "0.998 [0.991, 1.000]"; of what was not tried on all photographs, the value alone."""
    if not one.final:
        return f"{one.found.auc:.3f}"
    return f"{one.found.auc:.3f} [{one.found.low:.3f}, {one.found.high:.3f}]"


def card_words(card: EncoderCard) -> str:
    """One encoder in a few lines."""
    how = card.input.convention.describe()
    use = "commercial use allowed" if card.commercial else "no commercial use"
    first, since = card.populations[0], card.kept_since
    when = "" if since is None else f", imported {since:%Y-%m-%d %H:%M}"
    return (
        f"{card.id}: {card.architecture}, {card.dimension} numbers; {how}\n"
        f"    {population_words(first)}; {threshold_words(card)}\n"
        f"    licence: {card.licence} ({use}); from {shown(card.source)}, sha256 {card.sha256[:12]}, "
        f"{card.size / 1e6:.1f} MB{when}"
    )


def population_words(one: Population) -> str:
    """Such as "AUC 0.998 [0.991, 1.000] on openpeople (10 people, 200 photographs)"."""
    title = population_title(one.name)
    if one.auc is None or one.low is None or one.high is None:
        return f"{one.photographs} {title}"
    return (
        f"AUC {one.auc:.3f} [{one.low:.3f}, {one.high:.3f}] on {title} ({one.people} people, "
        f"{one.photographs} photographs)"
    )


def threshold_words(card: EncoderCard) -> str:
    """The threshold and on whom it was measured."""
    own = "" if card.own_threshold is None else f"; its makers say {card.own_threshold:g}"
    if card.threshold is None:
        return f"no threshold at FMR 1e-3: too few pairs of strangers{own}"
    return f"threshold {card.threshold:.3f} at FMR 1e-3, measured on {card.threshold_on}{own}"


def rows_of(table: Sequence[TriedConvention]) -> list[dict[str, object]]:
    """The table as JSON takes it."""
    return [
        {
            "convention": one.convention.describe(),
            "framing": one.convention.framing,
            "margin": one.convention.margin if one.convention.framing == "square-box" else None,
            "size": list(one.convention.size),
            "colour": one.convention.colour,
            "mean": None if one.convention.per_image else list(one.convention.mean),
            "scale": None if one.convention.per_image else list(one.convention.scale),
            "per_image": one.convention.per_image,
            "measure": one.convention.measure,
            "photographs": one.photographs,
            "all_photographs": one.final,
            "auc": one.found.auc,
            "low": one.found.low,
            "high": one.found.high,
            "apart": one.found.apart,
        }
        for one in table
    ]
