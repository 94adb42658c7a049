"""`likeness lab figure`: the figures of the Deep Face Decoder that decoders draw."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from explorer.science.names import shown
from explorer.studio.commands._sources import refuse_folder, say_others
from explorer.studio.errors import UserError

if TYPE_CHECKING:
    from explorer.studio.laboratory.figure_export import FigureParts
    from explorer.studio.laboratory.figure_presets import FigureSettings
    from explorer.studio.laboratory.figure_values import Drawn


def add_to(lab: typer.Typer) -> None:
    """Add the command to those of `likeness lab`."""
    lab.command("figure", no_args_is_help=True)(figure)


def figure(
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="Of the figure: 1, 3 to 12, 14, 15 or 17.")],
    photographs: Annotated[
        list[Path],
        typer.Argument(
            metavar="PHOTO...",
            help="Photographs; of figure 12 who is attacked and who is aimed at, of 14 and 15 all of one person.",
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(help="A figure, which shows photographs (.png, .svg, .pdf), or a table (.csv, .parquet)."),
    ],
    encoder: Annotated[
        list[str] | None,
        typer.Option(help="This encoder with its decoder; may be repeated. [default: all there are; of 5, 12, 17 one]"),
    ] = None,
    layer: Annotated[str | None, typer.Option(help="Beside it the decoder of this feature map (figure 5).")] = None,
    decoder: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="A decoder of this file, too; may be repeated.")
    ] = None,
    maps: Annotated[
        list[Path] | None,
        typer.Option(help="Maps of `likeness lab geometry`, with whose rows (figures 8 to 10); may be repeated."),
    ] = None,
    modifier: Annotated[
        Path | None, typer.Option(help="The file of `likeness train modification`. [default: the program's own]")
    ] = None,
    attribute: Annotated[str, typer.Option(help="What is taken apart (figure 17).")] = "gender",
    budget: Annotated[float, typer.Option(min=0.5, max=64, help="Of attacks, of 255 (figure 12).")] = 8.0,
    most: Annotated[int, typer.Option(min=2, max=12, help="Clusters or means at most (figures 14 and 15).")] = 8,
    threshold: Annotated[
        float | None, typer.Option(help="Mean score at which clusters become one. [default: the photographs' mean]")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the order of photographs (figure 15).")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the numbers as JSON.")] = False,
) -> None:
    """Draw a figure of decoded embeddings; `likeness reproduce` makes it again.

    1, 3: a row a decoder; 4: two encoders; 5: an encoder and one of its layers; 6, 7: beside the search and the mean
    face, with PSNR; 8, 9, 10: faces turned, shifted, scaled, before and behind --maps; 11: eyes and mouth hidden; 12:
    a face attacked in four ways, before and behind the decoder; 14: centroids of clusters; 15: means of 1 to N
    photographs; 17: embeddings with a part replaced, with cosine and the probe's probability.
    """
    from explorer.studio.laboratory.face_files import check_ending
    from explorer.studio.laboratory.figure_export import export_figure, numbers_of
    from explorer.studio.laboratory.figure_presets import CHANGED, FigureSettings
    from explorer.studio.outputs import result_files

    check_ending(out)
    if number in CHANGED:
        if layer is not None or decoder:
            raise UserError(
                f"figure {number} is decoded by the encoders' own decoders: leave --layer and --decoder out"
            )
        _altered(number, photographs, encoder, maps or [], out, as_json)
        return
    if maps:
        raise UserError("--maps is of figures 8 to 10: leave it out")
    settings = FigureSettings(
        number=number[:8], most=most, threshold=threshold, seed=seed, budget=budget, attribute=attribute
    )
    parts, drawn = _made(settings, photographs, encoder, layer, decoder or [], modifier)
    with result_files(out) as result:
        written = export_figure(result.folder / out.name, parts, drawn)
    files = result.settled(written)
    _say(number, settings.preset.title, numbers_of(drawn), files, as_json)


def _say(number: str, title: str, numbers: Mapping[str, float | None], files: Sequence[Path], as_json: bool) -> None:
    if as_json:
        told = {"figure": number, "numbers": dict(numbers), "files": [str(path) for path in files]}
        typer.echo(json.dumps(told, indent=2))
        return
    typer.echo(f"figure {number}: {title}")
    for path in files:
        typer.echo(f"  {shown(path)}")


def _altered(
    number: str, photographs: list[Path], encoders: list[str] | None, maps: list[Path], out: Path, as_json: bool
) -> None:
    """Figures 8 to 11, whose faces are altered."""
    from explorer.studio.catalogue.encoders import present_encoders
    from explorer.studio.catalogue.networks import Networks, best_device, known_encoder
    from explorer.studio.export.picture_grid import GridOptions
    from explorer.studio.inversion.targets import open_photograph
    from explorer.studio.laboratory.figure_altered import altered_figure
    from explorer.studio.laboratory.figure_presets import CHANGED
    from explorer.studio.laboratory.figure_values import FigureFace
    from explorer.studio.laboratory.map_files import map_file
    from explorer.studio.outputs import result_files

    if maps and number == "11":
        raise UserError("--maps is of figures 8 to 10: leave it out")
    for path in photographs:
        refuse_folder(path)
    chosen, networks = tuple(known_encoder(one).id for one in encoders or present_encoders()), Networks(best_device())
    given = tuple(map_file(path) for path in maps)
    faces = [FigureFace(*open_photograph(networks, path, others=say_others)) for path in photographs]
    made = altered_figure(networks, number, faces, chosen, given)
    with result_files(out) as result:
        written = made.write(result.folder / out.name, GridOptions())
    _say(number, CHANGED[number].title, made.numbers(), result.settled(written), as_json)


def _made(
    settings: FigureSettings,
    photographs: list[Path],
    encoders: list[str] | None,
    layer: str | None,
    files: list[Path],
    modifier: Path | None,
) -> tuple[FigureParts, Drawn]:
    """Open what the figure takes, and decode.

    Raises:
        UserError: it takes other parts than were given, or one of them is not there.
    """
    from explorer.studio.catalogue.networks import Networks, best_device
    from explorer.studio.commands._running import run_with_progress
    from explorer.studio.inversion.targets import open_photograph
    from explorer.studio.laboratory.figure_changes import open_modifier
    from explorer.studio.laboratory.figure_export import (
        FigureParts,
        decoders_named,
        draw_parts,
        for_decoders,
        usual_encoders,
    )
    from explorer.studio.laboratory.figure_values import FigureFace, check_parts

    assert settings.preset, "there is such a figure"
    for path in photographs:
        refuse_folder(path)
    if layer is not None and settings.number != "5":
        raise UserError("--layer is of figure 5: leave it out, or give the layer's decoder by --decoder")
    # With files those that are named alone; else those that have a decoder.
    named = encoders or ([] if files else usual_encoders(settings))
    decoders = decoders_named(named, layer, files)
    check_parts(settings, len(photographs), decoders)
    taken = open_modifier(decoders[0].encoder, settings.attribute, modifier) if settings.number == "17" else None
    networks = Networks(best_device())
    faces = tuple(FigureFace(*open_photograph(networks, path, others=say_others)) for path in photographs)
    settings = for_decoders(settings, decoders)
    consume = partial(run_with_progress, title="search", settings=settings.search)
    parts = FigureParts(settings, faces, decoders, taken)
    return parts, draw_parts(networks, parts, consume)
