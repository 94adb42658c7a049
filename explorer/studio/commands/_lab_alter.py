"""`likeness lab alter`: what encoders and probes make of rotated, shifted and scaled faces, and what maps win back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from explorer.science.laboratory.geometry import ALTERATIONS, alteration_of
from explorer.science.names import shown
from explorer.studio.commands._encoders import say_missing_encoders
from explorer.studio.commands._faces import PointsOption, placed_points
from explorer.studio.commands._lab_geometry import MODES, Realignment
from explorer.studio.commands._sources import Sources, refuse_folder, say_others

if TYPE_CHECKING:
    from explorer.studio.laboratory.altering import AlteredFace


def add_to(lab: typer.Typer) -> None:
    """Add the command to those of `likeness lab`."""
    lab.command("alter", no_args_is_help=True)(alter)


def alter(
    photographs: Annotated[list[Path], typer.Argument(metavar="PHOTO...", help="Photographs.")],
    alteration: Annotated[
        list[str] | None,
        typer.Option(
            help="rotated-30, shifted-left-0.1, scaled-0.5, several at once by +; may be repeated. [default: those of "
            "`likeness lab geometry`]"
        ),
    ] = None,
    realignment: Annotated[
        Realignment,
        typer.Option(help="Without: the encoder sees the altered template, as in the paper; with: as systems do."),
    ] = "without",
    maps: Annotated[
        list[Path] | None,
        typer.Option(help="Also map the embeddings by this file of `likeness lab geometry`; may be repeated."),
    ] = None,
    encoder: Annotated[
        list[str] | None, typer.Option(help="Only this encoder; may be repeated. The first one's scores are drawn.")
    ] = None,
    face: Annotated[int | None, typer.Option(min=1, help="Which face, from 1. [default: the most prominent]")] = None,
    points: PointsOption = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Also write a figure, which shows the photographs (.png, .svg, .pdf), or a table (.csv, .parquet)."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Rotate, shift and scale faces, and see what becomes of embeddings, scores and probes, before and after a map.

    Beside each alteration stand the scores between the face as it is and the altered one, under every encoder, those
    of the mapped embedding where there is a map, on what that was fitted, and what probes now say.
    """
    from explorer.studio.catalogue.encoders import present_encoders
    from explorer.studio.catalogue.networks import Networks, best_device, known_encoder
    from explorer.studio.inversion.targets import open_photograph
    from explorer.studio.laboratory.altering import alter_face
    from explorer.studio.laboratory.altering_export import AlteringSettings, export_altered
    from explorer.studio.laboratory.face_files import check_ending
    from explorer.studio.laboratory.map_files import map_file
    from explorer.studio.outputs import result_files

    if out is not None:
        check_ending(out)
    alterations = [alteration_of(one) for one in alteration or ()] or list(ALTERATIONS)
    altered_in = tuple(dict.fromkeys((mode, one) for mode in MODES[realignment] for one in alterations))
    placed = placed_points(points, photographs, face)
    encoders = tuple(known_encoder(one).id for one in encoder or present_encoders())
    settings = AlteringSettings(altered_in, encoders, tuple(map_file(path) for path in maps or ()))
    networks = Networks(best_device())
    if encoder is None:
        say_missing_encoders()
    made = list["AlteredFace"]()
    with Sources("photograph", as_json) as sources:
        for path in photographs:
            with sources.each(path):
                refuse_folder(path)
                photograph, chosen = open_photograph(networks, path, face, placed, say_others)
                one = alter_face(networks, photograph, chosen, altered_in, encoders, settings.all_maps)
                made.append(one)
                sources.records.append(_record(one))
                if not as_json:
                    _say(one)
        if out is not None and made:
            with result_files(out) as result:
                written = export_altered(result.folder / out.name, made, settings)
            for file in result.settled(written):
                typer.echo(f"  {shown(file)}", err=as_json)


def _say(one: AlteredFace) -> None:
    from explorer.studio.laboratory.seeing import told_words

    typer.echo(shown(one.photograph.name))
    for view in one.views:
        typer.echo(f"  {view.alteration.name}, {'aligned again' if view.mode == 'realigned' else 'template'}")
        if not view.seen:
            typer.echo("    no face is found")
        for encoder, seen in view.seen.items():
            typer.echo(f"    {encoder:<12} {told_words(one.before[encoder], seen)}")
            if encoder in view.mapped:
                mapped = told_words(one.before[encoder], view.mapped[encoder])
                typer.echo(f"    {'':<12} {mapped}; map {view.fitted_on[encoder].words}")


def _record(one: AlteredFace) -> dict[str, Any]:
    from explorer.studio.laboratory.altering_export import rows_of

    return {"photograph": one.photograph.name, "sha256": one.photograph.sha256, "rows": rows_of([one])}
