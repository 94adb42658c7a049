"""`likeness train decoder-faces`: draw the faces of several decoders once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from explorer.science.recognition.registry import default_encoders
from explorer.studio.catalogue.networks import Networks, attacked_encoder
from explorer.studio.commands._train_decoder import FACES, bar, chosen_settings, key_of, making_of
from explorer.studio.corpus.decoder_material import draw_for_each


def add_to(train: typer.Typer) -> None:
    """Add the command to those of `likeness train`."""
    train.command("decoder-faces")(decoder_faces)


def decoder_faces(
    work: Annotated[Path, typer.Option(help="Folder of the trainings that will find the faces there.")],
    encoder: Annotated[
        list[str] | None, typer.Option(help="Whose embeddings; may be repeated. [default: all that ship]")
    ] = None,
    side: Annotated[int, typer.Option("--size", help="Of the pictures: 64, 112, or 224.")] = 112,
    faces: Annotated[int, typer.Option(min=1, help="How many faces.")] = FACES,
    first: Annotated[int, typer.Option(min=0, help="Where to begin, so that several processes share the work.")] = 0,
    camera: Annotated[
        float | None, typer.Option(min=0, max=1, help="Share that a random camera takes. [default: the recipe's]")
    ] = None,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
) -> None:
    """Draw faces once for the decoders of several encoders.

    `train decoder` with the same --work, --size and --camera takes them instead of drawing its own. Can be interrupted;
    the same command goes on where it was.
    """
    networks = Networks(device)
    makings, keys = [], []
    for name in encoder or default_encoders():
        given = {} if camera is None else {"camera": camera}
        settings = chosen_settings(side, {**given, "encoder": attacked_encoder(name).id})
        making = making_of(networks, networks.recogniser(settings.encoder), settings)
        makings.append(making)
        keys.append(key_of(making, settings))
    with bar("faces") as step:
        draw_for_each(makings, keys, first, faces, work, step)
    typer.echo(f"faces {first} to {faces} are drawn for {', '.join(one.encoder.spec.id for one in makings)}")
