"""`likeness lab occlusion`: what encoders and probes make of faces of which parts are hidden."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from explorer.science.laboratory.occlusion import Cover, Occlusion
from explorer.science.laboratory.regions import REGIONS, Fill, Region
from explorer.science.leakage.edits import Patch
from explorer.science.names import shown
from explorer.studio.commands._encoders import say_missing_encoders
from explorer.studio.commands._faces import PointsOption, placed_points
from explorer.studio.commands._sources import Sources, refuse_folder, say_others
from explorer.studio.errors import UserError

if TYPE_CHECKING:
    from explorer.studio.laboratory.occluding import StudiedFace

_COLOUR = re.compile(r"#?([0-9a-fA-F]{6})")


def add_to(lab: typer.Typer) -> None:
    """Add the command to those of `likeness lab`."""
    lab.command("occlusion", no_args_is_help=True)(occlusion)


def occlusion(
    photographs: Annotated[list[Path], typer.Argument(metavar="PHOTO...", help="Photographs.")],
    hide: Annotated[
        str, typer.Option(help=f"Of {', '.join(REGIONS)}, between commas: each is hidden in a picture of its own.")
    ] = "",
    rectangle: Annotated[
        list[str] | None,
        typer.Option(
            metavar="X,Y,W,H", help="Left, top, width and height in parts of the frame's side, 0 to 1; may be repeated."
        ),
    ] = None,
    stroke: Annotated[
        list[str] | None,
        typer.Option(
            metavar="'X,Y X,Y ... WIDTH'",
            help="The course of a brush and its width, in parts of the frame's side; may be repeated.",
        ),
    ] = None,
    together: Annotated[bool, typer.Option("--together", help="Hide all of it in one picture.")] = False,
    fill: Annotated[
        Fill, typer.Option(help="Hide by a colour, by the mean colour of what is hidden, or by a blur.")
    ] = "colour",
    colour: Annotated[str, typer.Option(metavar="RRGGBB", help="The colour, as six hexadecimal digits.")] = "000000",
    encoder: Annotated[
        list[str] | None, typer.Option(help="Only this encoder; may be repeated. The first one's scores are drawn.")
    ] = None,
    face: Annotated[int | None, typer.Option(min=1, help="Which face, from 1. [default: the most prominent]")] = None,
    points: PointsOption = None,
    realign: Annotated[
        bool, typer.Option("--realign", help="Look for the face again, as systems do. [default: it keeps its points]")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Also write a figure, which shows the photographs (.png, .svg, .pdf), or a table (.csv, .parquet)."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Hide eyes, mouth or any part of faces, and see what becomes of embeddings, scores and probes.

    Regions lie at each face's own landmarks, rectangles and strokes in the common frame. Beside each part stand the
    scores between the face as it is and the one with the part hidden, under every encoder, and what its probes now say.
    """
    from explorer.studio.catalogue.encoders import present_encoders
    from explorer.studio.catalogue.networks import Networks, best_device, known_encoder
    from explorer.studio.inversion.targets import open_photograph
    from explorer.studio.laboratory.face_files import check_ending
    from explorer.studio.laboratory.occluding import hide_parts
    from explorer.studio.laboratory.occlusion_export import OcclusionSettings, export_occlusions

    if out is not None:
        check_ending(out)
    occlusions = chosen_occlusions(hide, rectangle or (), stroke or (), together=together)
    cover = Cover(fill=fill, colour=_colour(colour))
    placed = placed_points(points, photographs, face)
    encoders = tuple(known_encoder(one).id for one in encoder or present_encoders())
    settings = OcclusionSettings(occlusions, cover, encoders, realign)
    networks = Networks(best_device())
    if encoder is None:
        say_missing_encoders()
    studied = list["StudiedFace"]()
    with Sources("photograph", as_json) as sources:
        for path in photographs:
            with sources.each(path):
                refuse_folder(path)
                photograph, chosen = open_photograph(networks, path, face, placed, say_others)
                one = hide_parts(networks, photograph, chosen, occlusions, cover, encoders, realign=realign)
                studied.append(one)
                sources.records.append(_record(one))
                if not as_json:
                    _say(one)
        if out is not None and studied:
            from explorer.studio.outputs import result_files

            with result_files(out) as result:
                written = export_occlusions(result.folder / out.name, studied, settings)
            for file in result.settled(written):
                typer.echo(f"  {shown(file)}", err=as_json)


def chosen_occlusions(
    hide: str, rectangles: list[str] | tuple[str, ...], strokes: list[str] | tuple[str, ...], *, together: bool = False
) -> tuple[Occlusion, ...]:
    """What is hidden, as the options say it: one picture each, or all of it in one.

    Raises:
        UserError: there is no such region, a place cannot be read, or nothing is hidden.
    """
    names = [name.strip() for name in hide.split(",") if name.strip()]
    unknown = [name for name in names if name not in REGIONS]
    if unknown:
        raise UserError(f"no region called {', '.join(unknown)}; there are {', '.join(get_args(Region))}")
    parts = [Occlusion(name=name, regions=(name,)) for name in names]
    parts += [Occlusion(name=_named("rectangle", one, rectangles), patches=(_rectangle(one),)) for one in rectangles]
    parts += [Occlusion(name=_named("stroke", one, strokes), patches=(_stroke(one),)) for one in strokes]
    if not parts:
        raise UserError("nothing is hidden: give --hide eyes,mouth, a --rectangle or a --stroke")
    if not together:
        return tuple(dict.fromkeys(parts))
    return (
        Occlusion(
            name=", ".join(one.name for one in parts),
            regions=tuple(region for one in parts for region in one.regions),
            patches=tuple(patch for one in parts for patch in one.patches),
        ),
    )


def _named(kind: str, one: str, among: list[str] | tuple[str, ...]) -> str:
    return kind if len(among) == 1 else f"{kind} {list(among).index(one) + 1}"


def _rectangle(given: str) -> Patch:
    left, top, width, height = _numbers(given, "--rectangle", "X,Y,W,H, such as 0.2,0.3,0.6,0.15", 4)
    if width <= 0 or height <= 0:
        raise UserError(f"--rectangle {given}: width and height have to be above 0")
    return Patch.rectangle(left, top, left + width, top + height)


def _stroke(given: str) -> Patch:
    course, width = given.split()[:-1], (given.split() or [""])[-1]
    places = [_numbers(one, "--stroke", "'X,Y X,Y ... WIDTH', such as '0.2,0.4 0.8,0.4 0.1'", 2) for one in course]
    (thickness,) = _numbers(width, "--stroke", "its width last, such as 0.1", 1)
    if not places or thickness <= 0:
        raise UserError(f"--stroke {given}: give places and then a width above 0, such as '0.2,0.4 0.8,0.4 0.1'")
    return Patch(points=tuple((x, y) for x, y in places), width=thickness)


def _numbers(given: str, option: str, form: str, count: int) -> list[float]:
    try:
        numbers = [float(one) for one in given.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) != count or not all(-1 <= one <= 2 for one in numbers):
        raise UserError(f"{option} {given}: give {form}, in parts of the frame's side")
    return numbers


def _colour(given: str) -> tuple[int, int, int]:
    found = _COLOUR.fullmatch(given.strip())
    if found is None:
        raise UserError(f"--colour {given}: give six hexadecimal digits, such as 808080")
    red, green, blue = bytes.fromhex(found[1])
    return red, green, blue


def _say(one: StudiedFace) -> None:
    from explorer.studio.laboratory.seeing import told_words

    typer.echo(shown(one.photograph.name))
    for hidden in one.hidden:
        typer.echo(f"  {hidden.occlusion.name} hidden ({100 * hidden.share:.0f} % of the frame)")
        if not hidden.seen:
            typer.echo("    no face is found")
        for encoder, seen in hidden.seen.items():
            typer.echo(f"    {encoder:<12} {told_words(one.before[encoder], seen)}")


def _record(one: StudiedFace) -> dict[str, Any]:
    from explorer.studio.laboratory.occlusion_export import rows_of

    return {"photograph": one.photograph.name, "sha256": one.photograph.sha256, "rows": rows_of([one])}
