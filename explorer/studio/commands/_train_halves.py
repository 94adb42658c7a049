"""`likeness train halves`: a translator of W+ with identity in one half and the rest in the other (DIFFUSE 5.2.3)."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from explorer.science.names import shown
from explorer.science.training.halves import IdentifiedStyles, train_halves
from explorer.science.training.loop import Compute
from explorer.science.translation.halves_record import HalvesRecord
from explorer.science.translation.halves_settings import HalvesSettings
from explorer.studio.catalogue.halves import save_halves
from explorer.studio.catalogue.networks import Networks
from explorer.studio.commands._settings import with_settings
from explorer.studio.commands._train_decoder import bar
from explorer.studio.errors import UserError
from explorer.studio.evaluation.named_sets import photograph_set
from explorer.studio.places import private_folder
from explorer.studio.populations.identified_styles import listed_styles, photographed_styles
from explorer.studio.populations.list_file import people_list_file, read_people_list


def add_to(train: typer.Typer) -> None:
    """Add the command to those of `likeness train`."""
    train.command("halves", no_args_is_help=True)(halves)


@with_settings(HalvesSettings, panel="Recipe")
def halves(
    work: Annotated[Path, typer.Option(help="Folder for the checkpoint.")],
    settings: dict[str, Any],
    people_list: Annotated[
        Path | None,
        typer.Option("--list", help="List of photoreal people. [default: models/people-list.safetensors]"),
    ] = None,
    photographs: Annotated[
        Path | None,
        typer.Option(help="Learn from this folder's people instead, one folder each, by the encoder into W+."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="The file to write. [default: halves.safetensors in --work]")] = None,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
) -> None:
    """Train a translator of W+: one person's identity halves near each other, and nobody told by the other halves.

    Every fifth person of the list is kept for `likeness evaluate halves`. Can be interrupted; the same command goes on
    from its last checkpoint.
    """
    if people_list is not None and photographs is not None:
        raise UserError("--list and --photographs: choose one of both to learn from")
    try:
        chosen = HalvesSettings.model_validate(settings)
    except ValidationError as error:
        first = error.errors()[0]
        raise UserError(f"--{'-'.join(map(str, first['loc']))}: {first['msg']}") from error
    private_folder(work)
    networks = Networks(device)
    listed = None if photographs else read_people_list(people_list or people_list_file())[0]
    generator = networks.generator()
    if listed is None:
        assert photographs is not None, "there is no list only where there are photographs"
        with bar("photographs") as step:
            learnt = photographed_styles(photograph_set(str(photographs)), networks, step)
    else:
        learnt = listed_styles(listed, generator, unseen=False)
    about = chosen.model_dump_json() + learnt.digest()
    checkpoint = work / f"halves-{hashlib.sha256(about.encode()).hexdigest()[:12]}.pt"
    made = None
    with bar("steps") as step:
        moments = generator.mean_w.cpu(), generator.spread_w.cpu()
        for made in train_halves(learnt, *moments, chosen, checkpoint, Compute.on(device)):
            step(made.steps, chosen.steps)
    assert made is not None, "a finished training is given back"
    record = _record(chosen, generator.spec.id, learnt, dict(made.losses))
    said = "".join(f" --{name.replace('_', '-')} {value}" for name, value in settings.items())
    said += f" --photographs {photographs.name}" if photographs else ""
    file = save_halves(made.translator, record, said, out or work / "halves.safetensors")
    typer.echo(f"{shown(file)}: {learnt.words}, {made.steps} steps")


def _record(chosen: HalvesSettings, generator: str, learnt: IdentifiedStyles, losses: dict[str, float]) -> HalvesRecord:
    layers, width = learnt.styles.shape[1:]
    return HalvesRecord(
        settings=chosen,
        generator=generator,
        layers=layers,
        width=width,
        learnt_from=learnt.words,
        people=learnt.count,
        pictures=len(learnt.people),
        digest=learnt.digest(),
        losses=losses,
    )
