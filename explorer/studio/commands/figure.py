"""`likeness figure NAME --out FILE`: a figure of the 3D model itself, or of the way of a photograph through it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from explorer.science.names import shown
from explorer.studio.commands._faces import PointsOption, placed_points
from explorer.studio.commands._fitted import ModelOption
from explorer.studio.commands._sources import refuse_folder, say_others
from explorer.studio.extras import require

if TYPE_CHECKING:
    from explorer.studio.people.model_figures import Kind

figures = typer.Typer(help="Figures of the 3D model; `likeness reproduce` makes each again.", no_args_is_help=True)

OutOption = Annotated[Path, typer.Option(help="The figure: .png, .svg or .pdf.")]
SideOption = Annotated[int, typer.Option("--size", min=32, max=1024, help="Pixels a side of each picture.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(figures, name="figure")


@figures.command("components", no_args_is_help=True)
def components(
    out: OutOption,
    model: Annotated[Path | None, ModelOption] = None,
    count: Annotated[int, typer.Option(min=1, max=12, help="Of components, the first.")] = 5,
    deviations: Annotated[float, typer.Option(min=0.1, max=10, help="Standard deviations to either side.")] = 2.0,
    side: SideOption = 256,
    as_json: JsonOption = False,
) -> None:
    """Draw mean and components of shape and colour side by side (DIFFUSE, figure 14)."""
    _draw("components", out, model, as_json, count=count, deviations=deviations, side=side)


@figures.command("vectors", no_args_is_help=True)
def vectors(out: OutOption, side: SideOption = 256, as_json: JsonOption = False) -> None:
    """Draw the model's own vectors: gender, weight and age (DIFFUSE, figure 15)."""
    _draw("vectors", out, None, as_json, side=side)


@figures.command("maps", no_args_is_help=True)
def maps(
    out: OutOption,
    model: Annotated[Path | None, ModelOption] = None,
    side: SideOption = 512,
    as_json: JsonOption = False,
) -> None:
    """Draw the flat map with the model's colours and with its 3D positions (thesis, figure 5.3)."""
    _draw("maps", out, model, as_json, side=side)


@figures.command("heads", no_args_is_help=True)
def heads(
    out: OutOption,
    count: Annotated[int, typer.Option(min=1, max=12, help="Of heads.")] = 6,
    seed: Annotated[int, typer.Option(min=0, max=2**31 - 1, help="Of shapes, expressions and sides.")] = 0,
    side: SideOption = 256,
    as_json: JsonOption = False,
) -> None:
    """Draw heads from random sides, as the visibility field is trained on (thesis, figure 5.5)."""
    _draw("heads", out, None, as_json, count=count, seed=seed, side=side)


@figures.command("pipeline", no_args_is_help=True)
def pipeline(
    photo: Annotated[Path, typer.Argument(help="A photograph: JPEG, PNG, WebP, TIFF, BMP.", metavar="PHOTO")],
    out: OutOption,
    file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The localiser of `likeness train localiser`. [default: fit by landmarks]"),
    ] = None,
    face: Annotated[int | None, typer.Option(help="Which face, numbered as by `likeness faces`.", min=1)] = None,
    points: PointsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Draw a photograph's way from the fit to what a recogniser sees (thesis, figure 5.1).

    Photograph, pose and shape, projected grid, sampled texture, visibility, and the texture completed.
    """
    require("3d")
    from explorer.studio.catalogue.networks import Networks
    from explorer.studio.export.page import check_ending
    from explorer.studio.geometry.landmark_sources import landmark_source
    from explorer.studio.geometry.pipeline_figure import draw_pipeline, export_pipeline, told
    from explorer.studio.inversion.targets import open_photograph
    from explorer.studio.outputs import result_files

    check_ending(out)
    refuse_folder(photo)
    placed = placed_points(points, [photo], face)
    photograph, chosen = open_photograph(Networks("cpu"), photo, face, placed, say_others)
    drawn = draw_pipeline(photograph, chosen, landmark_source("auto"), file)
    with result_files(out) as result:
        written = export_pipeline(result.folder / out.name, drawn)
    files = result.settled(written)
    numbers = ", ".join(f"{name} {value:.3g}" for name, value in drawn.numbers().items())
    _say(f"{photograph.name}: {numbers}", told(drawn, files), files, as_json)


def _draw(kind: Kind, out: Path, model: Path | None, as_json: bool, **given: Any) -> None:
    require("3d")
    from explorer.studio.catalogue.plugged import model_path
    from explorer.studio.export.page import check_ending
    from explorer.studio.outputs import result_files
    from explorer.studio.people.model_figure_export import export_drawn, open_and_draw, told
    from explorer.studio.people.model_figures import TITLES, ModelFigureSettings

    check_ending(out)
    settings = ModelFigureSettings(figure=kind, **given)
    drawn = open_and_draw(settings, None if model is None else model_path(model))
    with result_files(out) as result:
        written = export_drawn(result.folder / out.name, drawn)
    files = result.settled(written)
    _say(f"{drawn.model.name}: {TITLES[kind]}", told(drawn, files), files, as_json)


def _say(line: str, about: dict[str, Any], files: list[Path], as_json: bool) -> None:
    """What was drawn in a line, and the files; or all that is known of it, as JSON."""
    if as_json:
        typer.echo(json.dumps(about, indent=2))
        return
    typer.echo(line)
    for path in files:
        typer.echo(f"  {shown(path)}")
