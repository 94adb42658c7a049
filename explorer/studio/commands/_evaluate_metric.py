"""`likeness evaluate metric`: what a bijective metric tells apart, and by how much it stretches (eq. 9)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from matplotlib.figure import Figure

from explorer.science.flows.ratios import PAIRS
from explorer.science.names import name_of, shown
from explorer.studio.catalogue.metrics import load_metric
from explorer.studio.commands._sources import Sources
from explorer.studio.commands._train_decoder import bar
from explorer.studio.corpus.metric_idea import idea_figure
from explorer.studio.corpus.metric_material import metric_material
from explorer.studio.corpus.metric_scores import metric_scores, ratio_figure, scores_text
from explorer.studio.export.page import save
from explorer.studio.export.provenance import bare_record
from explorer.studio.geometry.fit_numbers import file_digest
from explorer.studio.places import private_folder
from explorer.studio.reproducing.kinds import command_record
from explorer.studio.versions import versions

KIND = "evaluation of a bijective metric"
PEOPLE, PICTURES = 100, 5
_OPTIONS = {"ratios": "figure", "idea": "idea"}


def add_to(evaluate: typer.Typer) -> None:
    """Add the command to those of `likeness evaluate`."""
    evaluate.command("metric", no_args_is_help=True)(metric)


def metric(
    sets: Annotated[
        list[str],
        typer.Argument(
            metavar="SET...",
            help="people (drawn, none of them learnt from), digits (those kept for tests), openpeople, orl, a folder "
            "with MNIST's files, or one that holds a folder for each person.",
        ),
    ],
    work: Annotated[Path, typer.Option(help="Folder in which drawn people are kept.")],
    file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The metric. [default: metric.safetensors in --work]")
    ] = None,
    people: Annotated[int, typer.Option(min=2, help="How many people are drawn.")] = PEOPLE,
    pictures: Annotated[int, typer.Option(min=2, max=1000, help="Of each drawn person.")] = PICTURES,
    pairs: Annotated[int, typer.Option(min=1, max=10**6, help="Over how many pairs distances are compared.")] = PAIRS,
    figure: Annotated[bool, typer.Option(help="Draw the two distances of every pair.")] = False,
    idea: Annotated[
        bool, typer.Option(help="Draw some pictures as pixels and as latents, and the way between two (figure 1).")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="Folder for figures. [default: --work]")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Judge a metric: same against other classes by its distance and by pixels, and the bounds of eq. 9 over pairs."""
    path = file or work / "metric.safetensors"
    bijection, record = load_metric(path)
    settings = record.settings
    with Sources("set", as_json=as_json) as done:
        for name in sets:
            with done.each(name):
                with bar(name) as step:
                    material = metric_material(
                        name, settings.side, settings.channels, work, people, pictures, step, unseen=True
                    )
                scores, ratios = metric_scores(name_of(Path(name)), bijection, material, pairs)
                result, files = scores.model_dump(mode="json"), list[str]()
                done.records.append(result)
                if not as_json:
                    typer.echo(scores_text(scores))
                drawings: dict[str, Callable[[], Figure]] = {
                    "ratios": partial(ratio_figure, scores, ratios),
                    "idea": partial(idea_figure, scores.name, bijection, material),
                }
                wanted = [kind for kind, asked in (("ratios", figure), ("idea", idea)) if asked]
                for kind in wanted:
                    options = {"people": people, "pictures": pictures, "pairs": pairs}
                    about = bare_record(
                        kind=KIND,
                        **result,
                        command=command_record("evaluate metric", [name], options | {_OPTIONS[kind]: True}),
                        networks={"metric": file_digest(path)},
                        versions=versions(),
                    )
                    folder = private_folder(out or work)
                    drawn = save(drawings[kind](), folder / f"{kind}-{scores.name}.png", about)
                    files.append(str(drawn))
                    if not as_json:
                        typer.echo(f"  {shown(drawn)}")
                if wanted:
                    result["files"] = files
