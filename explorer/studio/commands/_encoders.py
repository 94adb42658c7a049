"""What commands that go through all encoders say of those that are not here."""

from __future__ import annotations

import typer


def say_missing_encoders() -> None:
    """Say once, on the standard error, which encoders are left out; nothing where all are here."""
    from explorer.studio.catalogue.encoders import missing_encoders, missing_words

    words = missing_words(missing_encoders())
    if words:
        typer.echo(words, err=True)
