"""`likeness people draw | vectors`: people who never were, with everything about their pictures known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from explorer.science.names import shown
from explorer.science.synthetic.scene import GENDERS, GROUPS, LARGEST_SEED
from explorer.studio.commands._people_vectors import vectors
from explorer.studio.people.values import LARGEST, MOST, SMALLEST, PeopleSettings

people = typer.Typer(help="People who never were: draw them, with every label exact.", no_args_is_help=True)
people.command("vectors", no_args_is_help=True)(vectors)


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.add_typer(people, name="people")


@people.command(no_args_is_help=True)
def draw(
    out: Annotated[Path, typer.Option(help="Folder of the pictures; an earlier result in it stays.")],
    seed: Annotated[int, typer.Option(min=0, max=LARGEST_SEED, help="Of the first person.")] = 0,
    count: Annotated[int, typer.Option(min=1, max=MOST, help="People, of this seed and those that follow.")] = 1,
    pictures: Annotated[int, typer.Option(min=1, max=1000, help="Of each person, each seen otherwise.")] = 1,
    size: Annotated[int, typer.Option(min=SMALLEST, max=LARGEST, help="Pixels a side.")] = 128,
    yaw: Annotated[float, typer.Option(min=0, max=90, help="How far heads turn aside at most, in degrees.")] = 30.0,
    labelled: Annotated[
        bool, typer.Option(help="Draw heads by MakeHuman's sliders: their places are true labels.")
    ] = False,
    group: Annotated[
        str | None, typer.Option(help=f"Slider that is highest, labelled: {', '.join(GROUPS)}.", metavar="NAME")
    ] = None,
    gender: Annotated[
        str | None, typer.Option(help=f"End that its slider is nearer to: {', '.join(GENDERS)}.", metavar="NAME")
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
    from explorer.studio.people.writing import is_ours, write_people
    from explorer.studio.reproducing.kinds import command_record

    for name, said, known in (("group", group, GROUPS), ("gender", gender, GENDERS)):
        if said is not None and said not in known:
            raise UserError(f"--{name} {said}: MakeHuman's sliders are {', '.join(known)}; choose one of these")
    settings = PeopleSettings(
        seed=seed, count=count, pictures=pictures, size=size, yaw=yaw, labelled=labelled, group=group, gender=gender
    )
    options = settings.model_dump() | {"maps": maps, "sheet": sheet, "out": "DIR"}
    words = command_record("people draw", [], options)
    with result_folder(as_folder(out), lambda text: typer.echo(text, err=True), is_ours) as result:
        files = write_people(result.folder, settings, words, maps=maps, sheet=sheet)
    written = result.settled(files)
    if as_json:
        typer.echo(json.dumps({"people": settings.model_dump(), "files": [str(path) for path in written]}, indent=2))
        return
    total = count * pictures
    typer.echo(f"{total} picture{'s' if total > 1 else ''} of {count} {'people' if count > 1 else 'person'}")
    typer.echo(f"  {shown(result.place)}")
