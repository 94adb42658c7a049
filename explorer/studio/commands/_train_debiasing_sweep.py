"""`likeness train debiasing-sweep`: debiased encoders by lambda, and the curve of leak against accuracy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from explorer.science.debiasing.settings import ATTRIBUTES, DebiasingSettings
from explorer.science.names import shown
from explorer.studio.commands._settings import with_settings
from explorer.studio.commands._train_debiased import (
    ENCODER,
    MINUTES,
    AttributeOption,
    PeopleOption,
    PresetOption,
    begun,
    chosen_settings,
)
from explorer.studio.errors import UserError
from explorer.studio.export.page import save
from explorer.studio.export.provenance import bare_record
from explorer.studio.laboratory.debiasing_sweep import SweepFile, SweepPoint, sweep_figure, sweep_lines
from explorer.studio.populations.debiasing_material import checked_attributes
from explorer.studio.reproducing.kinds import command_record
from explorer.studio.versions import versions

KIND = "sweep of debiasing"
LAMBDAS = (0.0, 1.0, 2.0, 5.0, 10.0, 20.0)


def add_to(train: typer.Typer) -> None:
    """Add the command to those of `likeness train`."""
    train.command("debiasing-sweep")(debiasing_sweep)


@with_settings(DebiasingSettings, panel="Recipe")
def debiasing_sweep(
    people: PeopleOption,
    work: Annotated[Path, typer.Option(help="Folder for aligned pictures, checkpoints and points.")],
    settings: dict[str, Any],
    weights: Annotated[
        list[float] | None,
        typer.Option("--lambda", min=0, max=1000, help="One of them; may be repeated. [default: 0, 1, 2, 5, 10, 20]"),
    ] = None,
    preset: PresetOption = "default",
    attribute: AttributeOption = None,
    encoder: Annotated[str, typer.Option(help="Which one is trained on; of an ONNX file.")] = ENCODER,
    verified: Annotated[
        str,
        typer.Option("--set", help="Whose people are verified: orl, openpeople, or a folder, as of `train debiased`."),
    ] = "orl",
    minutes: Annotated[float, typer.Option(min=0.1, help="When each training ends at the latest.")] = MINUTES,
    out: Annotated[Path | None, typer.Option(help="Draw the curve into this .png, .svg or .pdf.")] = None,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Train a debiased encoder for each lambda, and say what fresh probes tell and who is verified.

    Can be interrupted; the same command goes on behind the last point that it measured, and from the last checkpoint.
    """
    if "adversarial" in settings:
        raise UserError("--adversarial is what is swept: name its values by --lambda")
    if out is not None and out.suffix.lower() not in (".png", ".svg", ".pdf"):
        raise UserError(f"{out.name}: a figure is written as .png, .svg or .pdf; choose one of these")
    attributes = checked_attributes(attribute or [ATTRIBUTES[preset]])
    wanted = sorted(set(weights or LAMBDAS))
    recipes = [chosen_settings(preset, settings | {"adversarial": weight}) for weight in wanted]
    task, points = begun(people, work, attributes, encoder, device), list[SweepPoint]()
    kept = SweepFile(work)
    for recipe in recipes:
        key = f"{task.key(recipe)}-{Path(verified).name}"
        point = kept.get(key)
        if point is None:
            trained = task.trained(recipe, minutes)
            if trained is None:
                return
            record = task.judged(task.changes(trained), task.record(recipe), (verified,))
            point = SweepPoint(key=key, adversarial=recipe.adversarial, record=record)
            kept.keep(point)
        points.append(point)
    typer.echo(
        json.dumps([one.model_dump(mode="json") for one in points], indent=2)
        if as_json
        else "\n".join(sweep_lines(points))
    )
    if out is not None:
        given = {"people": "DIR", "work": "DIR", "lambda": wanted, "set": Path(verified).name, **settings}
        given |= {"preset": preset, "attribute": attribute, "encoder": task.encoder.spec.id, "out": out.name}
        words = command_record("train debiasing-sweep", [], given)
        about = bare_record(
            kind=KIND, points=[one.model_dump(mode="json") for one in points], command=words, versions=versions()
        )
        try:
            written = save(sweep_figure(points), out, about)
        except ValueError as error:
            raise UserError(str(error)) from error
        if not as_json:
            typer.echo(f"  {shown(written)}")
