"""`likeness evaluate realism`: how near sets of pictures of faces lie to a reference."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress

from explorer.science.evaluation.feature_networks import FEATURES
from explorer.science.evaluation.realism import Comparison, Realism, compare
from explorer.science.evaluation.same_person import Estimate
from explorer.studio import catalogue
from explorer.studio.catalogue.networks import Networks
from explorer.studio.commands._sources import say
from explorer.studio.errors import UserError
from explorer.studio.evaluation.pictures_compared import (
    GENERATED_SEED,
    PEOPLE_SEED,
    SeenPictures,
    pictures_of,
    see_pictures,
)
from explorer.studio.files import atomic_write
from explorer.studio.places import output_folder

_FEATURES, _MOST_SAID = "inception-mixed5", 5


def add_to(evaluate: typer.Typer) -> None:
    """Add the command to those of `likeness evaluate`."""
    evaluate.command("realism", no_args_is_help=True)(realism)


def realism(
    sets: Annotated[
        list[str],
        typer.Argument(
            metavar="SET...",
            help="generated:N, raster:N or path:N (drawn people), raster-labelled:N or path-labelled:N (the same by "
            "sliders), orl, openpeople, or a folder; folders in it are people.",
        ),
    ],
    reference: Annotated[str, typer.Option(metavar="SET", help="What they are compared with.")],
    features: Annotated[
        list[str] | None,
        typer.Option(help=f"Of {', '.join(FEATURES)}; may be repeated. [default: {_FEATURES}]"),
    ] = None,
    most: Annotated[
        int | None, typer.Option(min=4, help="At most so many pictures of each set. [default: the smallest set's]")
    ] = None,
    generated: Annotated[int, typer.Option(min=4, help="How many faces are drawn where a set has no :N.")] = 2000,
    out: Annotated[Path | None, typer.Option(help="Also write the record to this .json file.")] = None,
    device: Annotated[str, typer.Option(help="cpu or cuda, for what looks at pictures.")] = "cpu",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Compare sets of pictures of faces with a reference by a network's features (DIFFUSE, 6.2.5).

    Kernel distances are unbiased; Fréchet distances, on the reference's first 64 principal components, are not, so that
    all sets are taken at one size. Beside them stands what two halves of the reference have between them. Of every
    picture the most prominent face counts, in the common frame.
    """
    if out is not None and out.suffix.lower() != ".json":
        raise UserError(f"{out.name}: the record is written as .json; choose this ending")
    names = [*dict.fromkeys(sets), reference]
    if reference in sets:
        raise UserError(f"{reference} is the reference itself: what two halves of it have between them is told anyway")
    for chosen in features or ():
        FEATURES[chosen]  # refuses an unknown name before anything is loaded
    networks, records = Networks(device), []
    for chosen in dict.fromkeys(features or [_FEATURES]):
        spec = FEATURES[chosen]
        seen = _all_seen(names, chosen, networks, most, generated)
        *others, of_reference = _at_one_size(seen)
        compared = compare({one.name: one.features for one in others}, of_reference.features)
        records.append(_record(chosen, others, of_reference, compared))
        if not as_json:
            typer.echo(table(spec.title, others, of_reference, compared))
            _say_remarks(seen)
    if out is not None:
        with output_folder(out.parent):
            say(f"written: {atomic_write(out, json.dumps(records, indent=2).encode())}")
    if as_json:
        typer.echo(json.dumps(records, indent=2))


def _all_seen(
    names: Sequence[str], features: str, networks: Networks, most: int | None, generated: int
) -> list[SeenPictures]:
    console, seen = Console(stderr=True), []
    sets = [pictures_of(name, generated, networks) for name in names]
    called = [one.name for one in sets]
    if len(set(called)) < len(called):
        raise UserError(f"two sets have the same name, of {', '.join(called)}: rename a folder")
    fewest = min(len(one.photographs) for one in sets)
    with Progress(console=console, disable=not console.is_terminal, transient=True) as bar:
        for one in sets:
            task = bar.add_task(one.name, total=None)
            seen.append(
                see_pictures(
                    one,
                    networks.features(features),
                    networks,
                    lambda done, total, task=task: bar.update(task, completed=done, total=total),  # type: ignore[misc]
                    min(fewest, most or fewest),
                )
            )
    return seen


def _at_one_size(seen: Sequence[SeenPictures]) -> list[SeenPictures]:
    """As many pictures of each: where some show no face, the last ones of the others are left out."""
    fewest = min(len(one.features.features) for one in seen)
    return [one.first(fewest) for one in seen]


def table(title: str, others: Sequence[SeenPictures], reference: SeenPictures, compared: Comparison) -> str:
    """What was compared, as text."""
    pictures = compared.reference_pictures
    lines = [
        f"{title}, {pictures} pictures of each set, beside {reference.name} ({reference.people} people)",
        f"  {'set':<28} {'people':>6}  {'kernel distance x 1000':<30} Fréchet on {compared.components} components",
    ]
    for one in others:
        found = compared.sets[one.name]
        lines.append(f"  {one.name[:28]:<28} {one.people:>6}  {_cells(found)}")
    lines.append(
        f"  {'halves of the reference':<28} {'':>6}  {_cells(compared.halves)}, {compared.halves.pictures} pictures"
    )
    for (near, far), gap in compared.nearer.items():
        lines.append(f"  {far[:13]} less {near[:13]:<8} {'':>6}  {_cells(gap)}")
    lines.append("  In brackets the 95 % interval by person; of the halves, the smallest and largest of 20 splits.")
    lines += [f"  {one.credit}." for one in (*others, reference) if one.credit]
    return "\n".join(lines)


def _cells(found: Realism) -> str:
    return f"{_words(found.kernel, 1000):<30} {_words(found.frechet)}"


def _words(estimate: Estimate, times: float = 1.0) -> str:
    value = f"{times * estimate.value:.3g}"
    if estimate.low is None or estimate.high is None:
        return value
    return f"{value} [{times * estimate.low:.3g}, {times * estimate.high:.3g}]"


def _record(
    features: str, others: Sequence[SeenPictures], reference: SeenPictures, compared: Comparison
) -> dict[str, Any]:
    spec = FEATURES[features]
    return {
        "features": spec.title,
        "network": {"id": spec.network, "sha256": catalogue.sha256(spec.network)},
        "reference": _set_record(reference),
        "pictures": compared.reference_pictures,
        "components": compared.components,
        "halves": _distances(compared.halves),
        "sets": [_set_record(one) | _distances(compared.sets[one.name]) for one in others],
        "nearer": [{"near": near, "far": far} | _distances(gap) for (near, far), gap in compared.nearer.items()],
        "generated_seed": GENERATED_SEED,
        "people_seed": PEOPLE_SEED,
    }


def _distances(found: Realism) -> dict[str, Any]:
    plain = asdict(found)
    return {name: plain[name].model_dump() for name in ("kernel", "frechet")}


def _set_record(seen: SeenPictures) -> dict[str, Any]:
    return {"name": seen.name, "people": seen.people, "credit": seen.credit, "remarks": list(seen.remarks)}


def _say_remarks(seen: Sequence[SeenPictures]) -> None:
    for one in seen:
        for line in one.remarks[:_MOST_SAID]:
            say(f"{one.name}: {line}")
        more = len(one.remarks) - _MOST_SAID
        if more > 0:
            say(f"{one.name}: and {more} pictures more that cannot be used")
