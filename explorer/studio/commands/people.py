"""`likeness people draw | photoreal | set | vectors | evaluate`: people who never were, all about them being known."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from explorer.science.names import shown
from explorer.science.synthetic.scene import LARGEST_SEED, SkyName
from explorer.studio.commands import _people_authentication
from explorer.studio.commands._people_photoreal import photoreal
from explorer.studio.commands._people_set import people_set
from explorer.studio.commands._people_sliders import GenderOption, GroupOption, require_sliders
from explorer.studio.commands._people_vectors import vectors
from explorer.studio.extras import require
from explorer.studio.people.values import (
    LARGEST,
    MOST,
    MOST_SAMPLES,
    SMALLEST,
    PeopleSettings,
    Renderer,
    Spectrum,
    Variant,
)

# What says how a scene is drawn, and not whom it is of.
_OF_RENDERING = {"size", "renderer", "samples", "spectrum", "variant"}

people = typer.Typer(help="People who never were: draw them, with every label exact.", no_args_is_help=True)
people.command("photoreal", no_args_is_help=True)(photoreal)
people.command("set", no_args_is_help=True)(people_set)
people.command("vectors", no_args_is_help=True)(vectors)


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.add_typer(people, name="people")


evaluate = typer.Typer(help="Judge what drawn people are good for.", no_args_is_help=True)
_people_authentication.add_to(evaluate)
people.add_typer(evaluate, name="evaluate")


@people.command(no_args_is_help=True)
def draw(
    out: Annotated[Path, typer.Option(help="Folder of the pictures; an earlier result in it stays.")],
    seed: Annotated[int, typer.Option(min=0, max=LARGEST_SEED, help="Of the first person.")] = 0,
    count: Annotated[int, typer.Option(min=1, max=MOST, help="People, of this seed and those that follow.")] = 1,
    pictures: Annotated[int, typer.Option(min=1, max=1000, help="Of each person, each seen otherwise.")] = 1,
    size: Annotated[int, typer.Option(min=SMALLEST, max=LARGEST, help="Pixels a side.")] = 128,
    yaw: Annotated[float, typer.Option(min=0, max=90, help="How far heads turn aside at most, in degrees.")] = 30.0,
    renderer: Annotated[
        Renderer, typer.Option(help="The rasteriser, or a path tracer (pip install 'likeness[render]').")
    ] = "raster",
    samples: Annotated[int, typer.Option(min=1, max=MOST_SAMPLES, help="A pixel, of the path tracer.")] = 64,
    spectrum: Annotated[Spectrum, typer.Option(help="Visible light, or near infrared at 850 nm (path).")] = "visible",
    sky: Annotated[
        SkyName | None, typer.Option(help="Light and background of this sky (`likeness models fetch skies`).")
    ] = None,
    variant: Annotated[
        Variant,
        typer.Option(
            help="Of Mitsuba (llvm_ad_rgb needs LLVM 17 or later), or cycles: your own Blender's (LIKENESS_BLENDER)."
        ),
    ] = "scalar_rgb",
    labelled: Annotated[
        bool, typer.Option(help="Draw heads by MakeHuman's sliders: their places are true labels.")
    ] = False,
    group: GroupOption = None,
    gender: GenderOption = None,
    scene: Annotated[
        Path | None,
        typer.Option(help="Draw this one picture: a scene that was saved, or the JSON beside a person's picture."),
    ] = None,
    maps: Annotated[bool, typer.Option(help="Depth, normals, segments and what is seen of the skin (.npz).")] = False,
    sheet: Annotated[bool, typer.Option(help="The first 64 pictures on one sheet, too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was written as JSON.")] = False,
) -> None:
    """Draw people who never were: a picture, and beside it what is true of it.

    The same seeds give the same people and pictures. Beside each picture stands a JSON file: the whole scene (shape,
    colours, hair, pose, expression, light, camera, what is worn), and 68 landmarks in pixels, with which are seen.
    Labelled people's scenes say where sliders of group, gender and age stood; these are names of a modelling
    programme's sliders and describe nobody.
    """
    from explorer.studio.errors import UserError
    from explorer.studio.outputs import as_folder, result_folder
    from explorer.studio.people.cycles import blender_command
    from explorer.studio.people.scene_file import read_scene
    from explorer.studio.people.writing import is_ours, write_people, write_scene_picture
    from explorer.studio.reproducing.kinds import command_record

    if spectrum == "infrared" and renderer != "path":
        raise UserError("--spectrum infrared is drawn by the path tracer: add --renderer path")
    require_sliders(group, gender)
    settings = PeopleSettings(
        seed=seed,
        count=count,
        pictures=pictures,
        size=size,
        yaw=yaw,
        renderer=renderer,
        samples=samples,
        spectrum=spectrum,
        sky=sky,
        variant=variant,
        labelled=labelled,
        group=group,
        gender=gender,
    )
    given = None
    if scene is not None:
        if count * pictures > 1 or sheet or settings.by_sliders or sky is not None:
            raise UserError(
                "--scene is one picture of one person: leave out who and how many are drawn, --sky and --sheet"
            )
        given = read_scene(scene)
    if variant == "cycles" and renderer == "path":
        blender_command()  # refuses before anything is made
    under_sky = sky is not None or (given is not None and given.sky is not None)
    if under_sky or (renderer == "path" and variant != "cycles"):
        require("render")
    say = partial(typer.echo, err=True)
    with result_folder(as_folder(out), say, is_ours) as result, _progress(count * pictures) as done:
        if given is not None and scene is not None:
            options = settings.model_dump(include=_OF_RENDERING) | {"scene": scene.name, "maps": maps, "out": "DIR"}
            words = command_record("people draw", [], options)
            files = write_scene_picture(result.folder, given, settings, words, maps=maps, done=done)
        else:
            options = settings.model_dump() | {"maps": maps, "sheet": sheet, "out": "DIR"}
            words = command_record("people draw", [], options)
            files = write_people(result.folder, settings, words, maps=maps, sheet=sheet, done=done)
    written = result.settled(files)
    if as_json:
        typer.echo(json.dumps({"people": settings.model_dump(), "files": [str(path) for path in written]}, indent=2))
        return
    total = count * pictures
    typer.echo(f"{total} picture{'s' if total > 1 else ''} of {count} {'people' if count > 1 else 'person'}")
    typer.echo(f"  {shown(result.place)}")


@contextmanager
def _progress(total: int) -> Iterator[Callable[[float], object]]:
    """A bar of so many pictures on a terminal."""
    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal, transient=True) as bar:
        task = bar.add_task("pictures", total=total)
        yield lambda done: bar.update(task, completed=done)
