"""`likeness evaluate leakage`: the papers' tables, measured here."""

from __future__ import annotations

import typer

from explorer.studio.commands import _evaluate_leakage

evaluate = typer.Typer(help="The papers' tables, measured here.", no_args_is_help=True)
_evaluate_leakage.add_to(evaluate)


@evaluate.callback()
def _group() -> None:
    """Keep `leakage` a subcommand while it is the only one."""


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.add_typer(evaluate, name="evaluate")
