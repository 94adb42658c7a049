"""`likeness lab handles`: elements of photographs by class, and rows of edits (DIFFUSE, figures 9 to 12, RQ4)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from explorer.science.faces.alignment import crop_frame
from explorer.science.faces.choosing import choose_face
from explorer.science.faces.reading import read_file
from explorer.science.faces.walking import PassedOver, photographs_in
from explorer.science.inversion.presets import PHOTOGRAPH
from explorer.science.names import shown
from explorer.studio.catalogue.networks import Networks
from explorer.studio.commands._running import chosen_device, run_with_progress
from explorer.studio.commands._sources import Sources
from explorer.studio.commands._train_translator import TAUGHT_BY
from explorer.studio.corpus.translator_photographs import (
    KnownFace,
    ReadFace,
    areas_of,
    elements_and_classes,
    openpeople_faces,
    read_faces,
)
from explorer.studio.errors import UserError
from explorer.studio.evaluation.openpeople import NAME as OPENPEOPLE
from explorer.studio.export.page import save
from explorer.studio.export.provenance import bare_record, source_record
from explorer.studio.export.tables import write_table
from explorer.studio.handles.editing import HandleEditor, load_editor
from explorer.studio.handles.figures import draw_edits, draw_elements, figure_of
from explorer.studio.outputs import as_folder
from explorer.studio.places import output_folder
from explorer.studio.reproducing.kinds import command_record

KIND_ROWS, KIND_ELEMENTS = "edits by handles", "elements of handles"
ROWS, SIZE, MOST = 2, 512, 2000
# Histograms of fewer faces show nothing.
_LEAST = 2


def add_to(lab: typer.Typer) -> None:
    """Add the command to those of `likeness lab`."""
    lab.command("handles", no_args_is_help=True)(handles)


def handles(
    sources: Annotated[
        list[Path], typer.Argument(metavar="PHOTO|FOLDER...", help="Photographs, folders of them, or openpeople.")
    ],
    out: Annotated[Path, typer.Option(help="Folder for the figures and the table.")],
    file: Annotated[Path | None, typer.Option(help="A translator's file. [default: the program's own]")] = None,
    rows: Annotated[int, typer.Option(min=0, help="Of how many photographs edits are drawn.")] = ROWS,
    element: Annotated[list[str] | None, typer.Option(help="Only this handle; may be repeated. [default: all]")] = None,
    steps: Annotated[
        int, typer.Option(min=0, max=5000, help="Steps of descent behind the encoder's answer to a photograph.")
    ] = 0,
    mark: Annotated[bool, typer.Option(help="Mark reconstructions as such.")] = True,
    device: Annotated[str | None, typer.Option(help="cpu, cuda:0, ... [default: CUDA where there is one]")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the elements as JSON.")] = False,
) -> None:
    """Say what handles tell of photographs, draw their distributions by class, and draw edits of the first ones.

    Classes of a folder's faces are the labellers' word, those of openpeople its hand labels. A photograph itself is
    inverted, not its embedding.
    """
    editor, networks = load_editor(file), Networks(chosen_device(device))
    names = _chosen(editor, element)
    settings = PHOTOGRAPH.with_choices({"encoder": TAUGHT_BY, "steps": max(steps, 1)}, {})
    consume = partial(run_with_progress, title="photograph", settings=settings)
    made_of, kept = Sources("source"), list[KnownFace]()
    listed = _kept(_faces(networks, sources, made_of), kept, rows)
    read = list(read_faces(networks, editor, listed, steps, TAUGHT_BY, consume))
    if not read:
        made_of.end()
        raise UserError("no usable face is found: give other photographs")
    options = {"element": element, "rows": rows, "steps": steps, "mark": mark, "file": file and file.name, "out": "OUT"}
    command = command_record("lab handles", [path.name for path in sources], options)
    with output_folder(as_folder(out)):
        written = [_table(out, read, names, command), *_histograms(out, editor, read, names, command)]
        for number, (face, one) in enumerate(zip(kept, read, strict=False)):
            record = bare_record(
                kind=KIND_ROWS,
                figure=f"{9 + number}" if number < ROWS else "edits",
                command=command,
                generator=editor.record.generator,
                source=source_record(face.photograph.name, face.photograph.sha256),
            )
            frame = crop_frame(face.photograph, face.face, SIZE).frame
            generator = networks.generator(editor.record.generator)
            figure = draw_edits(editor, generator, one.styles, names, frame, SIZE, mark=mark)
            name = f"figure-{9 + number}" if number < ROWS else f"edits-{number}"
            written.append(save(figure, out / f"{name}.png", record))
    if as_json:
        typer.echo(json.dumps([_row(one, names) for one in read], indent=2))
    else:
        for name, area in areas_of(read, names).items():
            typer.echo(f"{name}: area under the ROC curve {area.value:.3f}")
        for path in written:
            typer.echo(f"  {path}")
    made_of.end()


def _chosen(editor: HandleEditor, element: Sequence[str] | None) -> list[str]:
    names = list(dict.fromkeys(element or editor.record.elements))
    for name in names:
        if name not in editor.record.elements:
            raise UserError(f"--element {name}: there are handles of {', '.join(editor.record.elements)}")
    return names


def _faces(networks: Networks, sources: Sequence[Path], of: Sources) -> Iterator[KnownFace]:
    for source in sources:
        if str(source) == OPENPEOPLE and not source.exists():
            yield from openpeople_faces(networks, MOST)
            continue
        for path in photographs_in(source, PassedOver()) if source.is_dir() else [source]:
            with of.each(path):
                photograph = read_file(path)
                face = choose_face(photograph, networks.detector().detect(photograph.pixels))
                yield KnownFace(photograph.sha256, photograph, face, {})


def _kept(faces: Iterator[KnownFace], kept: list[KnownFace], most: int) -> Iterator[KnownFace]:
    """The faces, of which the first ones are kept: their photographs would else all be in memory."""
    for one in faces:
        if len(kept) < most:
            kept.append(one)
        yield one


def _histograms(
    out: Path, editor: HandleEditor, read: Sequence[ReadFace], names: Sequence[str], command: list[str]
) -> list[Path]:
    areas, written = areas_of(read, names), list[Path]()
    for name in names:
        values, truth = elements_and_classes(read, name)
        if len(values) < _LEAST:
            continue
        area = f"{areas[name].value:.3f}" if name in areas else ""
        told_by = "the labellers or the set's own labels"
        figure = draw_elements(name, editor.record.classes[name], values, truth, told_by, area)
        record = bare_record(kind=KIND_ELEMENTS, figure=figure_of(name), command=command)
        written.append(save(figure, out / f"{figure_of(name)}.png", record))
    return written


def _table(out: Path, read: Sequence[ReadFace], names: Sequence[str], command: list[str]) -> Path:
    record = bare_record(kind=KIND_ELEMENTS, table="elements", command=command)
    return write_table(out / "elements.csv", [_row(one, names) for one in read], record)[0]


def _row(one: ReadFace, names: Sequence[str]) -> dict[str, str | float | int | None]:
    found: dict[str, str | float | int | None] = {"face": shown(one.name)}
    for name in names:
        found |= {name: round(one.elements[name], 4), f"{name} class": one.classes.get(name)}
    return found
