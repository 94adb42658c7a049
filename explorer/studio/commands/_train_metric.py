"""`likeness train metric`: a bijective metric between pictures (Vec2Face-v2, section IV-F)."""

from __future__ import annotations

import hashlib
import math
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from explorer.science.flows.record import MetricRecord
from explorer.science.flows.settings import MetricSettings
from explorer.science.names import shown
from explorer.science.training.loop import Compute
from explorer.science.training.metric import train_metric
from explorer.studio.catalogue.metrics import save_metric
from explorer.studio.commands._settings import with_settings
from explorer.studio.commands._train_decoder import bar
from explorer.studio.corpus.digits import NAME as DIGITS
from explorer.studio.corpus.digits import SIDE, holds_mnist
from explorer.studio.corpus.metric_material import metric_material
from explorer.studio.errors import UserError
from explorer.studio.places import private_folder

PEOPLE, PICTURES = 200, 10


def add_to(train: typer.Typer) -> None:
    """Add the command to those of `likeness train`."""
    train.command("metric", no_args_is_help=True)(metric)


@with_settings(MetricSettings, panel="Recipe")
def metric(
    set_: Annotated[
        str,
        typer.Argument(
            metavar="SET",
            help="people (drawn), digits (scikit-learn's), openpeople, orl, a folder with MNIST's files, or one that "
            "holds a folder for each person.",
        ),
    ],
    work: Annotated[Path, typer.Option(help="Folder for drawn people and the checkpoint.")],
    settings: dict[str, Any],
    people: Annotated[int, typer.Option(min=2, help="How many people are drawn.")] = PEOPLE,
    pictures: Annotated[int, typer.Option(min=1, max=1000, help="Of each drawn person.")] = PICTURES,
    out: Annotated[Path | None, typer.Option(help="The file to write. [default: metric.safetensors in --work]")] = None,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
) -> None:
    """Train an invertible network whose latents are pictures' places, each class around its own mean; write its card.

    Digits are learnt at 32 px in grey. Can be interrupted; the same command goes on from its last checkpoint.
    """
    chosen = chosen_metric(set_, settings)
    private_folder(work)
    with bar("pictures") as step:
        learnt = metric_material(set_, chosen.side, chosen.channels, work, people, pictures, step, unseen=False)
    key = hashlib.sha256((chosen.model_dump_json() + learnt.digest()).encode()).hexdigest()[:12]
    made = None
    with bar("steps") as step:
        for made in train_metric(learnt, chosen, work / f"metric-{key}.pt", Compute.on(device)):
            step(made.steps, chosen.steps)
    assert made is not None, "a finished training is given back"
    record = MetricRecord(
        settings=chosen,
        learnt_from=learnt.words,
        classes=learnt.count,
        pictures=len(learnt),
        digest=learnt.digest(),
        loss=None if math.isnan(made.loss) else made.loss,
    )
    said = "".join(f" --{name.replace('_', '-')} {value}" for name, value in settings.items())
    file = save_metric(made.bijection, record, f" {Path(set_).name}{said}", out or work / "metric.safetensors")
    typer.echo(f"{shown(file)}: {len(learnt)} pictures of {learnt.count}, {made.steps} steps")


def chosen_metric(source: str, given: dict[str, Any]) -> MetricSettings:
    """The settings of a metric with what was given; digits are small and grey.

    Raises:
        UserError: a value is out of range, or two do not fit each other.
    """
    digits = source == DIGITS or holds_mnist(Path(source))
    try:
        return MetricSettings.model_validate(({"side": SIDE, "channels": 1} if digits else {}) | given)
    except ValidationError as error:
        first = error.errors()[0]
        raise UserError(f"--{'-'.join(map(str, first['loc'])) or 'side'}: {first['msg']}") from error
