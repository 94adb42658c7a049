"""`likeness train impostors`: count the strangers that stand beside every threshold, and write their card."""

from __future__ import annotations

from time import perf_counter
from typing import Annotated

import typer

from explorer.science.evaluation.score import GENERATED
from explorer.science.recognition.registry import default_encoders
from explorer.studio.catalogue.brought_encoders import brought_encoder
from explorer.studio.catalogue.impostors import SHIPPED, encode_impostors, shipped_file
from explorer.studio.catalogue.networks import Networks, known_encoder
from explorer.studio.commands._evaluate_impostors import measured_set, table
from explorer.studio.evaluation.impostors_card import CARD_FMRS, impostors_card
from explorer.studio.evaluation.strangers import rows_of
from explorer.studio.files import atomic_write


def add_to(train: typer.Typer) -> None:
    """Add the command to those of `likeness train`."""
    train.command("impostors")(impostors)


def impostors(
    encoder: Annotated[str | None, typer.Option(help="Only this encoder, to a file of its own.")] = None,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
) -> None:
    """Count the strangers of ORL, of openpeople and of the gallery under every encoder, and write them to models/."""
    networks, begun = Networks(device), perf_counter()
    encoders = default_encoders() if encoder is None else (known_encoder(encoder).id,)
    measured = [measured_set(name, encoders, networks) for name in (*SHIPPED, GENERATED)]
    own = None if encoder is None else brought_encoder(encoder)
    file, mode = (shipped_file(encoder), 0o644) if own is None else (own.impostors, 0o600)
    # The gallery itself ships, and says the same of generated faces.
    data = encode_impostors({one.name: one.rates for one in measured if one.name != GENERATED})
    tables = [(one, rows_of(one, networks, CARD_FMRS)) for one in measured]
    atomic_write(file, data, mode=mode)
    card = impostors_card(file.stem, tables, encoder, perf_counter() - begun)
    atomic_write(file.with_suffix(".md"), card.encode(), mode=mode)
    typer.echo("\n\n".join(table(one, rows) for one, rows in tables))
    typer.echo(str(file))
