"""`likeness cluster certificates | scheduler | worker`: work that is spread over the machines of a laboratory."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Annotated

import typer

from explorer.science.names import shown

Where = Annotated[
    str,
    typer.Argument(
        metavar="CLUSTER", help="A file of `likeness cluster certificates`, or tcp://127.0.0.1:PORT for this machine."
    ),
]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    cluster = typer.Typer(
        no_args_is_help=True,
        help="Work on several machines: certificates for a run, its scheduler, its workers. Commands whose work is "
        "many independent pieces take --cluster with the same file.",
    )
    cluster.command("certificates")(certificates)
    cluster.command("scheduler", no_args_is_help=True)(scheduler)
    cluster.command("worker", no_args_is_help=True)(worker)
    app.add_typer(cluster, name="cluster")


def certificates(
    out: Annotated[Path, typer.Option(help="A new folder for certificate, key and the file that names them.")],
    scheduler: Annotated[
        str | None, typer.Option(metavar="HOST:PORT", help="Where it will listen. [default: this machine, port 8786]")
    ] = None,
) -> None:
    """Make an authority for a run: peers know each other by its certificate, and refuse whoever has none of it.

    The folder goes to every machine of the run. Whoever can read it can run code on them.
    """
    from explorer.studio.cluster.certificates import make_certificates
    from explorer.studio.extras import require

    require("cluster")
    file = make_certificates(out, scheduler or f"{socket.gethostname()}:8786")
    typer.echo(f"  {shown(file)}")


def scheduler(cluster: Where) -> None:
    """Hand out work to workers, until it is ended."""
    from explorer.studio.cluster.asked import asked_scheduler

    address = asked_scheduler(cluster)
    from explorer.studio.cluster.serving import serve_scheduler  # brings Dask

    serve_scheduler(address, lambda text: typer.echo(text, err=True))


def worker(
    cluster: Where,
    count: Annotated[int, typer.Option(min=1, max=1024, help="Processes, each with one thread.")] = 1,
) -> None:
    """Work for a scheduler, until it is ended. Networks are this machine's; folders are those that the machines share.

    A process that is lost is started again.
    """
    from explorer.studio.cluster.asked import asked_scheduler

    address = asked_scheduler(cluster)
    from explorer.studio.cluster.serving import serve_workers  # brings Dask

    serve_workers(address, count, lambda text: typer.echo(text, err=True))
