"""The options of commands whose work is many independent pieces: where it is done."""

from __future__ import annotations

from typing import Annotated

import typer

ClusterOption = Annotated[
    str | None,
    typer.Option(
        "--cluster",
        metavar="local:N|ADDRESS|FILE",
        help="Where the work is done: by N workers of this machine, by those of a scheduler at tls://HOST:PORT, or of "
        "one that a file names. [default: in this process, with all threads]",
    ),
]
WorkersOption = Annotated[int | None, typer.Option(min=1, help="Another word for --cluster local:N.")]
