"""`likeness invert --blackbox URL | --command PROGRAM`: a face from what an encoder answers."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import typer

from explorer.science.blackbox.methods import ATTACKS, Bred
from explorer.science.iteration import Steps
from explorer.science.names import name_of, shown
from explorer.studio.blackbox.account import Manner
from explorer.studio.blackbox.answers import Answers
from explorer.studio.blackbox.asked_faces import FacesAsked
from explorer.studio.blackbox.attacking import FinishedAttack, checked, run_attack, searched
from explorer.studio.blackbox.client import BlackBox
from explorer.studio.blackbox.record import AttackSettings, BlackBoxRun
from explorer.studio.blackbox.targets import BlackBoxTarget, blackbox_target
from explorer.studio.catalogue.networks import Networks
from explorer.studio.commands._blackbox import BoxOptions
from explorer.studio.commands._encoders import say_missing_encoders
from explorer.studio.commands._running import progress_bar, show_event
from explorer.studio.commands._sources import Sources, refuse_folder, say, say_others
from explorer.studio.commands._standing import name_width
from explorer.studio.export.lettering import marked
from explorer.studio.export.provenance import Provenance, bare_record, png_bytes
from explorer.studio.faces.vectors import is_vector_file
from explorer.studio.files import atomic_write, fitting_name
from explorer.studio.outputs import as_folder, result_folder

KIND = "inversion of a black box"


def invert_blackbox(
    sources: Sequence[Path],
    options: BoxOptions,
    settings: AttackSettings,
    out: Path,
    networks: Networks,
    *,
    face: int | None,
    placed: list[tuple[float, float]] | None,
    mark: bool,
    as_json: bool,
) -> None:
    """Attack a black box for each source; the folder gets result.png, nearest.png and run.json."""
    options.check()
    for source in sources:
        # Before anything is asked.
        checked(settings, asks_target=not is_vector_file(source))
    as_folder(out)
    say_missing_encoders()
    with options.opened() as (box, answers), Sources(as_json=as_json) as done:
        for source in sources:
            with done.each(source):
                refuse_folder(source)
                with result_folder(out / fitting_name(shown(source.stem)), say) as result:
                    target = blackbox_target(networks, source, face, placed, say_others)
                    finished = attack_with_progress(networks, box, answers, target, settings, options.manner())
                    files = write_attack(finished, result.folder, mark)
                written = result.settled(files)
                run = finished.run.model_dump(mode="json")
                done.records.append(run | {"files": [str(path) for path in written]})
                if not as_json:
                    _report(finished.run, written)


def attack_with_progress(
    networks: Networks,
    box: BlackBox,
    answers: Answers,
    target: BlackBoxTarget,
    settings: AttackSettings,
    manner: Manner,
) -> FinishedAttack:
    """Run an attack to its end under a progress bar; without a terminal, a line says when the questions are over."""
    title, search = name_of(Path(target.record.name)), searched(settings)
    with progress_bar() as progress:
        task = progress.add_task(f"{title}: asking", total=1.0, note="")
        steps = Steps(run_attack(networks, box, answers, target, settings, manner))
        for event in steps:
            if isinstance(event, FacesAsked):
                progress.update(task, completed=event.done, total=event.total, note=f"{event.done} faces")
                if event.done == event.total and not sys.stderr.isatty():
                    typer.echo(f"{title}: {event.done} faces asked about, {event.refused} refused", err=True)
            elif isinstance(event, Bred):
                words = f"{title}: evolving"
                progress.update(task, description=words, completed=event.asked, total=event.total, note="")
            else:
                show_event(event, title, search, progress, task)
    finished = steps.result
    assert finished is not None, "only an attack that may be stopped can end without a result"
    return finished


def write_attack(finished: FinishedAttack, folder: Path, mark: bool) -> list[Path]:
    """Write the result, the nearest face that was asked about, and the record; their paths."""
    about = _provenance(finished.run)
    picture = marked(finished.native) if mark else finished.native
    beside = {**about, "shows": "the nearest face asked about"}
    return [
        atomic_write(folder / "result.png", png_bytes(picture, about)),
        atomic_write(folder / "nearest.png", png_bytes(finished.nearest, beside)),
        atomic_write(folder / "run.json", finished.run.model_dump_json(indent=2).encode()),
    ]


def _provenance(run: BlackBoxRun) -> Provenance:
    return bare_record(kind=KIND, source=run.target.model_dump(mode="json"), attack=run.model_dump(mode="json"))


def _report(run: BlackBoxRun, written: Sequence[Path]) -> None:
    queries, word = run.queries, "cosine" if run.settings.measure == "cosine" else "distance"
    before = queries.used - queries.sent
    said = [f"{queries.sent} sent now", f"{before} answered before"] if before else []
    said += [f"{queries.refused} without a face"] if queries.refused else []
    said += [f"{queries.repeated} sent again"] if queries.repeated else []
    more = f" ({', '.join(said)})" if said else ""
    title = ATTACKS[run.settings.attack].title.lower()
    typer.echo(f"{run.target.name}: {title} with {queries.used} queries{more} in {run.seconds:.0f} s")
    own = "no vector" if run.nearness is None else f"{word} {run.nearness:6.3f}"
    typer.echo(f"  {run.blackbox}  black box  {own}  nearest face asked about {run.nearest:6.3f}")
    for name, cosine in run.held_out.items():
        what = "white boxes to black box" if name == "back" else f"black box to {name}"
        typer.echo(f"  translation, {what}: cosine {cosine:.3f} on faces held out")
    width = name_width(run.scores)
    for score in run.scores:
        role = "stands in" if score.encoder in run.settings.whites else "held out"
        word = "cosine" if score.measure == "cosine" else "distance"
        nearest = run.nearest_scores.get(score.encoder)
        beside = "" if nearest is None else f"  nearest {nearest:6.3f}"
        typer.echo(f"  {score.encoder:{width}} {role:9}  {word:8} {score.score:6.3f}{beside}")
    if not run.result_face_found:
        typer.echo("  no face was found in the result; it could not be scored")
    for path in written:
        typer.echo(f"  {shown(path)}")
