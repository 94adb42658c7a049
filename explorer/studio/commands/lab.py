"""`likeness lab OPERATION ...`: what becomes of embeddings when faces are altered, attacked, averaged or modified."""

from __future__ import annotations

from importlib import import_module

import typer

lab = typer.Typer(help="What becomes of embeddings when faces are altered.", no_args_is_help=True)
# An operation is a file `_lab_OPERATION.py` with `add_to`, and a line here, in the order of the help.
OPERATIONS: tuple[str, ...] = ("alter", "geometry", "occlusion", "attack", "template", "modify", "handles", "figure")
for _operation in OPERATIONS:
    import_module(f"explorer.studio.commands._lab_{_operation}").add_to(lab)


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.add_typer(lab, name="lab")
