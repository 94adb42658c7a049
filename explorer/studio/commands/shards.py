"""`likeness shards pack | unpack`: a data set's folder as WebDataset shards, and back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from explorer.studio.commands._sources import say
from explorer.studio.errors import UserError
from explorer.studio.outputs import as_folder, result_folder

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


def add_to(parent: typer.Typer) -> None:
    """Add the commands."""
    parent.add_typer(app, name="shards", help="A data set's folder as WebDataset shards, and back.")


@app.command()
def pack(
    folder: Annotated[Path, typer.Argument(help="The data set's folder.")],
    out: Annotated[Path, typer.Option(help="Folder for the shards.")],
    per_shard: Annotated[int, typer.Option(help="Files in a shard.", min=1)] = 10_000,
) -> None:
    """Write every file of a data set into shards: one sample a file, with its path and its folder's name in a JSON."""
    from explorer.studio.collection import shards

    if not folder.is_dir():
        raise UserError(f"there is no folder {folder}")
    with result_folder(as_folder(out), say) as result:
        written = shards.pack(folder, result.folder, per_shard)
        if not written.samples:
            raise UserError(f"{folder} holds no file")
    typer.echo(f"{written.samples:,} files in {written.shards:,} shards: {result.place}")


@app.command()
def unpack(
    sources: Annotated[list[Path], typer.Argument(help="Shards (.tar).", metavar="SHARD...")],
    out: Annotated[Path, typer.Option(help="Folder for the data set.")],
) -> None:
    """Make a data set's folder of shards: those of `pack`, or any whose pictures have names."""
    from explorer.studio.collection import shards

    with result_folder(as_folder(out), say) as result:
        written = shards.unpack(sources, result.folder)
    typer.echo(f"{written:,} files: {result.place}")
