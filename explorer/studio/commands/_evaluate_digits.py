"""`likeness evaluate digits`: what the bijective metric is worth to a generator of digits (Vec2Face-v2, figure 3)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from explorer.science.names import name_of, shown
from explorer.science.training.digits import DigitRecipe
from explorer.science.training.metric import train_metric
from explorer.studio.commands._train_decoder import bar
from explorer.studio.commands._train_metric import chosen_metric
from explorer.studio.corpus.digit_figure import digit_experiment, experiment_figure, experiment_text, sheet
from explorer.studio.corpus.digits import NAME, digits_of
from explorer.studio.errors import UserError
from explorer.studio.export.page import save
from explorer.studio.export.provenance import bare_record, png_bytes
from explorer.studio.files import atomic_write
from explorer.studio.outputs import as_folder
from explorer.studio.places import private_folder
from explorer.studio.reproducing.kinds import command_record
from explorer.studio.versions import versions

KIND = "digits made of their features"
STEPS = 1500


def add_to(evaluate: typer.Typer) -> None:
    """Add the command to those of `likeness evaluate`."""
    evaluate.command("digits")(digits)


def digits(
    work: Annotated[Path, typer.Option(help="Folder for checkpoints.")],
    mnist: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="MNIST's four files. [default: scikit-learn's digits]")
    ] = None,
    means: Annotated[str, typer.Option(help="Where the digits' Gaussians lie: published or sphere.")] = "published",
    steps: Annotated[int, typer.Option(min=1, help="Of each of the five trainings.")] = STEPS,
    margin: Annotated[float, typer.Option(min=0, help="Of eq. 11, in squared distances of latents.")] = 1024.0,
    form: Annotated[str, typer.Option(help="Of eq. 11: separating, or printed.")] = "separating",
    seed: Annotated[int, typer.Option(min=0, help="Of all trainings.")] = 1,
    out: Annotated[Path | None, typer.Option(help="Folder for figure and digits. [default: --work]")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Train LeNet, the bijection and two generators of digits from features, one without and one with the metric.

    A LeNet that took no part judges the test digits that both make. Writes figure 3 and some of the digits. Can be
    interrupted; the same command goes on.
    """
    if means not in ("published", "sphere"):
        raise UserError(f"--means is published or sphere, not {means}")
    if form not in ("separating", "printed"):
        raise UserError(f"--form is separating or printed, not {form}")
    read = digits_of(NAME if mnist is None else str(mnist))
    folder = out or work
    as_folder(folder)
    private_folder(work)
    given = {"means": means, "steps": steps, "seed": seed}
    settings = chosen_metric(NAME, given)
    with bar("bijection") as step:
        for made in train_metric(read.training, settings, work / "digits-metric.pt"):
            step(made.steps, steps)
    bijection = made.bijection.eval().requires_grad_(False)
    with bar("networks") as step:
        recipe = DigitRecipe(
            steps=steps, margin=margin, form="printed" if form == "printed" else "separating", seed=seed
        )
        experiment = digit_experiment(read, bijection, recipe, work, lambda name, done, total: step(done, total))
    scores = {name: one.model_dump(mode="json") for name, one in experiment.scores.items()}
    options = {"means": means, "steps": steps, "margin": margin, "form": form, "seed": seed}
    record = bare_record(
        kind=KIND,
        digits=read.test.words,
        scores=scores,
        command=command_record("evaluate digits", [], options | {"mnist": None if mnist is None else name_of(mnist)}),
        versions=versions(),
    )
    written = [
        save(experiment_figure(experiment), private_folder(folder) / "figure-3.png", record),
        atomic_write(folder / "digits.png", png_bytes(sheet(experiment), record)),
    ]
    if as_json:
        typer.echo(json.dumps({"scores": scores, "files": [str(path) for path in written]}, indent=2))
        return
    typer.echo(experiment_text(experiment.scores))
    for path in written:
        typer.echo(f"  {shown(path)}")
