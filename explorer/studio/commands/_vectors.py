"""What commands that take embeddings beside photographs share: whose an embedding is."""

from __future__ import annotations

from pathlib import Path

import typer

from explorer.studio.faces.vectors import is_vector_file

DEFAULT_ENCODER = "arcface-mbf"
ENCODER_HELP = (
    "The encoder: of photographs, and of embeddings whose file and record do not name it. "
    f"[default: {DEFAULT_ENCODER} of photographs]"
)


def encoder_of(source: Path, given: str | None) -> str:
    """Whose embedding a source is, or is to become.

    Of an embedding whose encoder nobody gave, it is said on the standard error how that is known.

    Args:
        given: what --encoder says, if anything.

    Raises:
        UserError: there is no such encoder, or an embedding cannot be read or is another encoder's; or nobody says
            whose it is and several encoders make so many numbers.
    """
    from explorer.studio.catalogue.networks import known_encoder
    from explorer.studio.faces.vector_encoder import open_vector

    if not is_vector_file(source):
        return known_encoder(given or DEFAULT_ENCODER).id
    opened = open_vector(source, given)
    if given is None:
        typer.echo(opened.words, err=True)
    return opened.encoder
