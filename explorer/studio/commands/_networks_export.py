"""`likeness networks export`: a debiased encoder as a file of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from explorer.science.names import shown


def export(
    out: Annotated[Path, typer.Option(help="Where to: an .onnx with the whole graph, or .safetensors.")],
    file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A debiased encoder of this file. [default: the program's own]")
    ] = None,
) -> None:
    """Write a debiased encoder whole and in float32, for other programs or for `likeness networks import`.

    What is exported stands under the terms of the encoder that it was made of.
    """
    from explorer.studio.laboratory.debiased_files import export_debiased

    typer.echo(shown(export_debiased(file, out)))
