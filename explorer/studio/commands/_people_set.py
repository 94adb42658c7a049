"""`likeness people set`: a data set of people who never were, in shards or folders, with every label."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import typer

from explorer.science.names import shown
from explorer.studio.commands._cluster import ClusterOption, WorkersOption
from explorer.studio.commands._people_sliders import GenderOption, GroupOption, require_sliders
from explorer.studio.people.values import MOST, PeopleSettings
from explorer.studio.populations.values import LARGEST_SEED, LAYOUTS, PhotorealSettings, SetSettings

# Of what people's settings hold, what are options of this command.
_OPTIONS = {"seed", "count", "pictures", "size", "yaw", "labelled", "group", "gender"}


def people_set(
    out: Annotated[Path, typer.Option(help="Folder of the data set; an earlier result stays.")],
    source: Annotated[str, typer.Option(help="3d: rendered people; photoreal: those of the list.")] = "3d",
    layout: Annotated[str, typer.Option(help="webdataset, casia or fairface.")] = "webdataset",
    seed: Annotated[
        int | None,
        typer.Option(min=0, max=LARGEST_SEED, help="Of the first person. [default: 0; of photoreal people the list's]"),
    ] = None,
    people_list: Annotated[
        Path | None,
        typer.Option("--list", help="List of photoreal people. [default: models/people-list.safetensors]"),
    ] = None,
    count: Annotated[int, typer.Option(min=1, max=MOST, help="People.")] = 10,
    pictures: Annotated[int, typer.Option(min=1, max=999, help="Of each person.")] = 10,
    size: Annotated[int | None, typer.Option(help="Pixels a side. [default: 128; of photoreal people 256]")] = None,
    yaw: Annotated[float, typer.Option(min=0, max=90, help="How far 3D heads turn aside at most, in degrees.")] = 30.0,
    labelled: Annotated[
        bool, typer.Option(help="Draw 3D heads by MakeHuman's sliders: group, gender and age are their places.")
    ] = False,
    group: GroupOption = None,
    gender: GenderOption = None,
    maps: Annotated[bool, typer.Option(help="Depth, normals, segments and visibility of 3D people, too.")] = False,
    per_shard: Annotated[int, typer.Option(min=1, max=10_000, help="People in one shard.")] = 100,
    cluster: ClusterOption = None,
    workers: WorkersOption = None,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
) -> None:
    """Write a data set: WebDataset shards, or the folders of CASIA-WebFace or FairFace, with all labels and a card.

    Nobody is in two splits. Pictures and labels are the same to the byte whatever the number of workers. Labels of
    people drawn by sliders are names of a modelling programme's sliders and describe nobody.
    """
    from explorer.studio.cluster.asked import asked_cluster
    from explorer.studio.commands._people_progress import progress
    from explorer.studio.errors import UserError
    from explorer.studio.outputs import as_folder, result_folder
    from explorer.studio.populations.list_file import people_list_file
    from explorer.studio.populations.photoreal import opened_list, require_networks
    from explorer.studio.populations.samples import require_seeds
    from explorer.studio.populations.set_card import write_beside
    from explorer.studio.populations.set_making import SetWork, make_set
    from explorer.studio.reproducing.kinds import command_record

    where = asked_cluster(cluster, workers)
    if layout not in LAYOUTS:
        raise UserError(f"--layout {layout}: there are {', '.join(LAYOUTS)}")
    kind, file, digest = _kind(source), people_list or people_list_file(), ""
    sliders = {"labelled": labelled, "group": group, "gender": gender}
    people = _people(kind, seed, count, pictures, size, yaw, sliders)
    if isinstance(people, PeopleSettings):
        if people_list is not None:
            raise UserError("--list is of photoreal people: give --source photoreal as well")
        require_seeds(people)
    else:
        digest = opened_list(file, people)[1]
        require_networks(people)
    settings = SetSettings.model_validate({"layout": layout, "people": people, "maps": maps, "per_shard": per_shard})
    options = {"source": kind, "layout": layout, "list": None if people_list is None else file.name}
    options |= people.model_dump(include=_OPTIONS) | {"maps": maps, "per_shard": per_shard, "out": "DIR"}
    words = command_record("people set", [], options)
    with result_folder(as_folder(out), lambda text: typer.echo(text, err=True)) as result:
        work = SetWork(result.folder.absolute(), settings, file.absolute(), digest, device)
        with progress("pictures", count * pictures) as told:
            made = make_set(work, where, told)
        write_beside(result.folder, settings, made, words, digest)
    typer.echo(
        "; ".join(f"{split}: {many} people, {made.pictures[split]} pictures" for split, many in made.people.items())
    )
    typer.echo(f"  {shown(result.place)}")


def _kind(source: str) -> Literal["3d", "photoreal"]:
    from explorer.studio.errors import UserError

    if source == "3d":
        return "3d"
    if source == "photoreal":
        return "photoreal"
    raise UserError(f"--source {source}: people are 3d or photoreal")


def _people(
    kind: Literal["3d", "photoreal"],
    seed: int | None,
    count: int,
    pictures: int,
    size: int | None,
    yaw: float,
    sliders: Mapping[str, bool | str | None],
) -> PeopleSettings | PhotorealSettings:
    """Who is drawn, and how.

    Raises:
        UserError: there is no such size or slider, or sliders of people who have none.
    """
    from pydantic import ValidationError

    from explorer.studio.errors import UserError

    require_sliders(sliders["group"], sliders["gender"])
    given = [f"--{name}" for name, value in sliders.items() if value]
    if kind == "photoreal" and given:
        raise UserError(f"{given[0]} is of 3D people, who are drawn by sliders: leave out --source photoreal")
    same = {"count": count, "pictures": pictures}
    try:
        if kind == "3d":
            drawn = {"seed": seed or 0, "size": size or 128, "yaw": yaw, **sliders}
            return PeopleSettings.model_validate({**same, **drawn})
        return PhotorealSettings.model_validate({**same, "seed": seed, "size": size or 256})
    except ValidationError as error:
        sizes = "32 to 1024 pixels a side" if kind == "3d" else "128, 256, 512 or 1024 pixels a side"
        raise UserError(f"--size {size}: such people are drawn at {sizes}") from error
