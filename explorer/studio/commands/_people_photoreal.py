"""`likeness people photoreal`: people whom the generator draws, several pictures each, from a list."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from explorer.science.names import shown
from explorer.studio.commands._cluster import ClusterOption, WorkersOption
from explorer.studio.people.values import MOST
from explorer.studio.populations.values import LARGEST_SEED, SIZES, PhotorealSettings


def photoreal(
    out: Annotated[Path, typer.Option(help="Folder of the pictures; an interrupted run goes on from there.")],
    people_list: Annotated[
        Path | None, typer.Option("--list", help="The list. [default: models/people-list.safetensors]")
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=LARGEST_SEED,
            help="People of no list, from this seed on: each picture is checked as it is drawn.",
        ),
    ] = None,
    count: Annotated[
        int | None, typer.Option(min=1, max=MOST, help="People. [default: all of the list; 1 of a seed]")
    ] = None,
    pictures: Annotated[
        int | None, typer.Option(min=1, max=1000, help="Of each person at most. [default: as the list has]")
    ] = None,
    size: Annotated[int, typer.Option(help="Pixels a side: 128, 256, 512 or 1024.")] = 256,
    sheet: Annotated[bool, typer.Option(help="The first eight people on one sheet, too.")] = False,
    cluster: ClusterOption = None,
    workers: WorkersOption = None,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
) -> None:
    """Draw photoreal people who never were: one w each, and pictures by edits that keep the identity.

    Pose, expression, light, age by a little, and the camera differ; encoders have checked that each picture shows the
    same person as the others. A picture that failed is left out: some people have fewer.
    """
    from explorer.studio.cluster.asked import asked_cluster
    from explorer.studio.commands._people_progress import progress
    from explorer.studio.errors import UserError
    from explorer.studio.outputs import as_folder
    from explorer.studio.populations.list_file import people_list_file, read_people_list
    from explorer.studio.populations.photoreal import opened_list, require_networks
    from explorer.studio.populations.photoreal_writing import PhotorealWork, write_photoreal, write_sheet
    from explorer.studio.reproducing.kinds import command_record

    where = asked_cluster(cluster, workers)
    if size not in SIZES:
        raise UserError(f"--size {size}: faces are drawn at {', '.join(map(str, SIZES))} px")
    file, folder = people_list or people_list_file(), as_folder(out)
    listed = read_people_list(file)[0] if count is None or pictures is None else None
    many = count if count is not None else 1 if seed is not None or listed is None else len(listed)
    each = pictures if pictures is not None else 10 if listed is None else listed.codes.shape[1]
    settings = PhotorealSettings.model_validate({"seed": seed, "count": many, "pictures": each, "size": size})
    people, digest = opened_list(file, settings)
    require_networks(settings)
    name = None if people_list is None else file.name
    options = {"list": name} | settings.model_dump() | {"sheet": sheet, "out": "DIR"}
    words = tuple(command_record("people photoreal", [], options))
    work = PhotorealWork(folder.absolute(), file.absolute(), digest, settings, words, device)
    with progress("pictures", many * each) as told:
        drawn, there = write_photoreal(work, people, where, lambda step: None if step.finished else told())
    if sheet:
        write_sheet(folder, people, settings, words)
    total = len(list(folder.glob("photoreal-*-*.png")))
    typer.echo(f"{there} {'people' if there > 1 else 'person'}, {drawn} of them drawn now; {total} pictures are there")
    typer.echo(f"  {shown(folder)}")
