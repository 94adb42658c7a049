"""`likeness train calibrations`: what the probes' answers are worth on photographs of known people."""

from __future__ import annotations

from typing import Annotated

import typer

from explorer.science.leakage.photograph_calibration import PhotographCalibration
from explorer.science.leakage.readout import CANNOT_TELL
from explorer.science.recognition.registry import ENCODERS
from explorer.studio import places
from explorer.studio.catalogue.networks import Networks, known_encoder
from explorer.studio.catalogue.probes import load_bare_probes, load_probes, save_photograph_calibrations, with_probes
from explorer.studio.commands._running import progress_bar
from explorer.studio.corpus.calibration_card import calibration_card
from explorer.studio.errors import UserError
from explorer.studio.evaluation.photograph_calibrations import calibrations_of
from explorer.studio.evaluation.probe_scores import labelled_sets
from explorer.studio.files import atomic_write


def add_to(train: typer.Typer) -> None:
    """Add the command to those of `likeness train`."""
    train.command("calibrations")(calibrations)


def calibrations(
    encoder: Annotated[list[str] | None, typer.Option(help="Only this encoder's; may be repeated.")] = None,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
) -> None:
    """Calibrate the probes on openpeople and ORL, judge that leaving one person out, and write it with its card.

    The first time, 600 photographs are embedded and labelled, which takes minutes; what was seen of them is kept in the
    cache. Needs to be made again whenever probes are.
    """
    named = [known_encoder(one).id for one in encoder or with_probes(ENCODERS.names())]
    if not named:
        raise UserError("no encoder has probes: make them with `likeness train probes --work DIR`")
    probes = {one: load_bare_probes(one).probes for one in named}
    with progress_bar() as progress:
        task = progress.add_task("embedding photographs of known people", total=None, note="")

        def step(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total, note=f"{done} of {total}")

        sets = labelled_sets(Networks(device), step)
    for one in named:
        if one not in sets[0].embeddings:
            raise UserError(f"{one} is not there: run `likeness models fetch` first")
        made = calibrations_of(sets, one, probes[one])
        typer.echo(str(save_photograph_calibrations(one, made)))
        for name, calibration in made.items():
            said = "" if calibration.tells else f"; {CANNOT_TELL}"
            typer.echo(f"  {name:<11} {calibration.skill.words()}{said}")
    card = calibration_card(_all())
    typer.echo(str(atomic_write(places.models() / "calibration-photographs.md", card.encode(), mode=0o644)))


def _all() -> dict[str, dict[str, PhotographCalibration]]:
    """The calibrations that lie there now, by encoder."""
    found = {one: load_probes(one).photographs for one in with_probes(ENCODERS.names())}
    return {one: calibrations for one, calibrations in found.items() if calibrations}
