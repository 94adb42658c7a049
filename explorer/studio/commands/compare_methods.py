"""`likeness compare-methods`: vectors turned back in every way that there is, side by side in a figure and a table."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from explorer.science.faces.choosing import choose_face
from explorer.science.inversion.settings import InversionSettings
from explorer.science.iteration import Steps
from explorer.science.leakage.labels import Labellers
from explorer.science.names import name_of, shown
from explorer.studio.catalogue import MissingNetwork
from explorer.studio.catalogue.networks import Networks
from explorer.studio.commands._encoders import say_missing_encoders
from explorer.studio.commands._formats import figure_formats
from explorer.studio.commands._objective import PresetOption, WeightOption, configured
from explorer.studio.commands._running import chosen_device, progress_bar, show_event
from explorer.studio.commands._settings import with_settings
from explorer.studio.commands._sources import Sources, say, say_others
from explorer.studio.commands._vectors import encoder_of
from explorer.studio.errors import UserError
from explorer.studio.evaluation.named_sets import is_named, photograph_set
from explorer.studio.evaluation.photograph_sets import SetPhotograph
from explorer.studio.export.page import save
from explorer.studio.export.picture_grid import GridOptions
from explorer.studio.export.provenance import bare_record
from explorer.studio.files import atomic_write
from explorer.studio.inversion.targets import OpenedTarget, open_target, photograph_target
from explorer.studio.methods.comparing import ComparedFaces, compare_methods
from explorer.studio.methods.figure import ComparedVector, facts, methods_figure
from explorer.studio.methods.made_faces import WAYS
from explorer.studio.methods.summary import summarised, summary_text
from explorer.studio.outputs import result_folder
from explorer.studio.reproducing.kinds import command_record
from explorer.studio.versions import versions

KIND = "ways of inversion side by side"
# Rows of a figure: more do not fit a page.
_ROWS = 8


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("compare-methods", no_args_is_help=True)(compare_methods_of)


@with_settings(InversionSettings)
def compare_methods_of(
    sources: Annotated[
        list[Path],
        typer.Argument(
            metavar="SOURCE...",
            help="Photographs, bare embeddings, openpeople, orl, or a folder that holds one for each person.",
        ),
    ],
    settings: dict[str, Any],
    out: Annotated[Path, typer.Option(help="Folder for the figure, the table and the record.")],
    ways: Annotated[
        list[str] | None,
        typer.Option("--way", help=f"Of {', '.join(WAYS)}; may be repeated. [default: all]"),
    ] = None,
    each: Annotated[int, typer.Option(min=1, help="Photographs of each person of a set.")] = 1,
    face: Annotated[
        int | None, typer.Option(min=1, help="Which face of a photograph, from 1. [default: the most prominent]")
    ] = None,
    preset: PresetOption = "default",
    weight: WeightOption = None,
    figure: Annotated[str, typer.Option(help="Formats of the figure, of png, svg and pdf.")] = "png",
    mark: Annotated[bool, typer.Option(help="Mark results as reconstructions.")] = True,
    device: Annotated[str | None, typer.Option(help="cpu, cuda:0, ... [default: CUDA where there is one]")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Turn vectors back in every way that there is: look up, decode, regress, refine, search.

    Each answer is judged by the same encoders and read by the same labellers. A way that the encoder has no weights
    for is left out, with what would make them. The folder gets methods.json and the figure, of the first eight.
    """
    formats, chosen = figure_formats(figure), configured(preset, settings, weight)
    for name in ways or []:
        if name not in WAYS:
            raise UserError(f"--way {name}: there are {', '.join(WAYS)}")
    if face is not None and any(is_named(str(one)) or one.is_dir() for one in sources):
        raise UserError("--face is of single photographs: leave it out with a set, or name the photographs")
    networks = Networks(chosen_device(device))
    say_missing_encoders()
    labellers = _labellers(networks)
    vectors, people = list[ComparedVector](), list[str]()
    with Sources(as_json=as_json) as done, result_folder(out, say) as result:
        for source in sources:
            for name, person, opened in _opened(networks, source, settings.get("encoder"), each, face, done):
                with done.each(name):
                    target = opened()
                    own = chosen.model_copy(update={"encoder": target.target.record.encoder})
                    faces = _compared(networks, target, own, labellers, ways or [], name)
                    vectors.append(ComparedVector(faces, target.frame))
                    people.append(person)
                    done.records.append(faces.compared.model_dump(mode="json"))
                    if not as_json:
                        _report(name, faces)
        if not vectors:
            return
        summaries = summarised([one.faces.compared for one in vectors], people)
        options = {
            **settings,
            "way": ways,
            "each": each,
            "face": face,
            "preset": preset,
            "weight": weight,
            "mark": mark,
        }
        about = bare_record(
            kind=KIND,
            summary=[one.model_dump(mode="json") for one in summaries],
            command=command_record("compare-methods", list(map(str, sources)), {**options, "mark": mark}),
            versions=versions(),
        )
        whole = {
            "summary": about["summary"],
            "vectors": [one.faces.compared.model_dump(mode="json") for one in vectors],
        }
        drawn = methods_figure(vectors[:_ROWS], GridOptions(mark=mark))
        written = [atomic_write(result.folder / "methods.json", json.dumps(whole, indent=2).encode())]
        written += [save(drawn, result.folder / f"methods.{kind}", about) for kind in formats]
        if not as_json:
            typer.echo(summary_text(summaries))
    if not as_json:
        for path in result.settled(written):
            typer.echo(f"  {shown(path)}")


def _labellers(networks: Networks) -> Labellers | None:
    try:
        return networks.labellers()
    except MissingNetwork as error:
        typer.echo(f"likeness: pictures are not read: {error}", err=True)
        return None


def _opened(
    networks: Networks, path: Path, encoder: str | None, each: int, face: int | None, done: Sources
) -> list[tuple[str, str, Callable[[], OpenedTarget]]]:
    """What a source holds: its name, whose it is, and what opens it."""
    source = str(path)
    if not (is_named(source) or path.is_dir()):
        attacked = encoder_of(path, encoder)
        return [(name_of(path), source, lambda: open_target(networks, path, attacked, face, others=say_others))]
    found: Sequence[SetPhotograph] = ()
    with done.each(source):
        chosen = photograph_set(source)
        found = [one for person in chosen.people for one in chosen.of(person)[:each]]

    def opening(one: SetPhotograph) -> Callable[[], OpenedTarget]:
        def opened() -> OpenedTarget:
            photograph = one.read()
            prominent = choose_face(photograph, networks.detector().detect(photograph.pixels))
            return photograph_target(networks, photograph, prominent, encoder or InversionSettings().encoder)

        return opened

    return [(f"{one.person}/{one.name}", f"{source}/{one.person}", opening(one)) for one in found]


def _compared(
    networks: Networks,
    opened: OpenedTarget,
    settings: InversionSettings,
    labellers: Labellers | None,
    ways: Sequence[str],
    name: str,
) -> ComparedFaces:
    with progress_bar() as progress:
        task = progress.add_task(f"{name}: starts", total=1.0, note="")
        steps = Steps(compare_methods(networks, opened.target, settings, labellers, ways))
        for event in steps:
            show_event(event, name, settings, progress, task)
    finished = steps.result
    assert finished is not None, "nobody stops it"
    return finished


def _report(name: str, faces: ComparedFaces) -> None:
    typer.echo(f"{shown(name)}:")
    width = max(len(row.title) for row in faces.compared.rows)
    for row in faces.compared.rows:
        if row.lacking:
            typer.echo(f"  {row.title:{width}}  – {row.lacking}")
            continue
        rank = row.scores[0].rank if row.scores else None
        said = f"{row.seconds:6.2f} s  {facts(row):<12} rank {'–' if rank is None else rank}"
        typer.echo(f"  {row.title:{width}}  {said}  {_read(row.readings)}")


def _read(readings: Mapping[str, str]) -> str:
    """Such as "gender: male, age: 33 years"."""
    return ", ".join(f"{title.lower()}: {text}" for title, text in readings.items())
