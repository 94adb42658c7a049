"""The decoders from an embedding to a picture, of encoders and of layers of them: which there are and which not."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from explorer.science.contents import stand_in_at
from explorer.science.decoding.network import FaceDecoder
from explorer.science.decoding.perceptual import Perceptual
from explorer.science.decoding.record import (
    DecoderFileError,
    DecoderRecord,
    decode_decoder,
    encode_decoder,
    recorded_of,
)
from explorer.science.decoding.settings import VGG16, DecoderSettings
from explorer.science.names import shown
from explorer.science.recognition.tapping import tapped_id
from explorer.studio import places
from explorer.studio.catalogue.brought_encoders import brought_encoder
from explorer.studio.catalogue.networks import Networks, attacked_encoder, known_encoder, network_sha256
from explorer.studio.errors import UserError
from explorer.studio.files import atomic_write


def decoder_file(encoder: str, layer: str | None = None) -> Path:
    """Where a decoder lies, made or not: of an encoder that was brought in the user's own folder."""
    card, called = brought_encoder(encoder), tapped_id(encoder, layer)
    return places.models() / f"{decoder_name(called)}.safetensors" if card is None else card.decoder(called)


def decoder_name(encoder: str) -> str:
    """What the decoder of an encoder is called among the networks that took part in a run."""
    return f"decoder-{encoder}"


def missing_decoder(encoder: str, layer: str | None = None) -> str:
    """What to say where there is none, in one line."""
    where = "" if layer is None else f" at {layer}"
    option = "" if layer is None else f" --layer {layer}"
    return (
        f"no decoder for {encoder}{where}: train one with `likeness train decoder --encoder {encoder}{option} "
        "--work DIR`"
    )


def find_decoder(encoder: str, layer: str | None = None) -> FaceDecoder | None:
    """The decoder of an encoder; None where none was trained.

    Raises:
        UserError: there is no such encoder, or the file is damaged.
    """
    known_encoder(encoder)
    return load_decoder(encoder, layer)[0] if decoder_file(encoder, layer).exists() else None


def load_decoder(encoder: str, layer: str | None = None) -> tuple[FaceDecoder, DecoderRecord]:
    """A decoder and what is known of it; a file is read once.

    Raises:
        UserError: there is no such encoder, its decoder is missing or damaged, or it was trained for another network
            that had the encoder's name.
    """
    spec, file = known_encoder(encoder), decoder_file(encoder, layer)
    try:
        decoder, record = _loaded(file, file.stat().st_mtime_ns, encoder, layer)
    except FileNotFoundError as error:
        raise UserError(missing_decoder(encoder, layer)) from error
    except DecoderFileError as error:
        what = stand_in_at(file)
        raise UserError(f"{file} is {what}" if what else f"{file}: {error}") from error
    if record.network != network_sha256(spec.network):
        raise UserError(f"{file}: it was trained for another network that was called {encoder}: train it again")
    return decoder, record


def read_decoder(path: Path) -> tuple[FaceDecoder, DecoderRecord, str]:
    """A decoder of any file, what is known of it, and the sha256 of the file.

    Raises:
        UserError: the file cannot be read, or is no decoder.
    """
    try:
        data = path.read_bytes()
        settings = recorded_of(data).settings
        decoder, record = decode_decoder(data, settings.encoder, settings.layer)
    except OSError as error:
        raise UserError(f"{shown(path)} cannot be read: check its name") from error
    except DecoderFileError as error:
        raise UserError(f"{shown(path)}: {error}") from error
    return decoder, record, hashlib.sha256(data).hexdigest()


@lru_cache(maxsize=8)
def _loaded(file: Path, modified_ns: int, encoder: str, layer: str | None) -> tuple[FaceDecoder, DecoderRecord]:
    """The time of the file is there to key the memory."""
    return decode_decoder(file.read_bytes(), encoder, layer)


def save_decoder(decoder: FaceDecoder, record: DecoderRecord, card: str) -> Path:
    """Write a decoder and its card to where the program looks for them."""
    encoder = record.settings.encoder
    file = decoder_file(encoder, record.settings.layer)
    mode = 0o644 if brought_encoder(encoder) is None else 0o600
    atomic_write(file.with_suffix(".md"), card.encode(), mode=mode)
    return atomic_write(file, encode_decoder(decoder, record), mode=mode)


def perceptual_network(networks: Networks, settings: DecoderSettings) -> Perceptual | None:
    """The network whose features the settings compare pictures by; None where no perceptual term acts.

    Raises:
        UserError: there is no such encoder, or it is one that only judges.
        MissingNetwork: its file is not in the cache.
        LayerError: it has no feature maps.
    """
    if not {"perceptual", "local_perceptual"} & set(settings.acting):
        return None
    if settings.perceptual == VGG16:
        return Perceptual.of_vgg16(networks.lpips("vgg"))
    chosen = settings.perceptual_encoder
    assert chosen is not None, "every other network is an encoder's"
    return Perceptual.of_encoder(networks.recogniser(attacked_encoder(chosen).id))


def decoder_card(record: DecoderRecord, faces_words: str, options: str) -> str:
    """The card beside a decoder, as Markdown.

    Args:
        faces_words: what it was trained on. options: of the command, besides the encoder.
    """
    settings = record.settings
    spec = known_encoder(settings.encoder)
    encoder = settings.encoder if settings.layer is None else f"the averages of {settings.layer} of {settings.encoder}"
    measures = [f"| {name}, unseen faces | {quality.words()} |" for name, quality in record.held_out.items()]
    compared = "nothing" if record.perceptual_layer is None else f"{settings.perceptual}, {record.perceptual_layer}"
    return "\n".join(
        [
            f"# {decoder_file(settings.encoder, settings.layer).stem}: what an embedding shows",
            "",
            f"What it does: turns an embedding of {encoder} into a picture of {settings.side} px at one stroke, by an",
            f"inverted VGG-{settings.vgg} (`explorer/science/decoding/network.py`; Deep Face Decoder, section 3).",
            "",
            "| | |",
            "|---|---|",
            f"| recipe | `explorer/science/training/decoder.py`: {recipe_words(record)} |",
            f"| command | `likeness train decoder --encoder {settings.encoder}{options} --work DIR` |",
            "| made small | eqs. 2-5: pixels, gradients and features, of the whole picture and of the central face, "
            f"{'means' if settings.scaling == 'means' else 'sums as printed'} |",
            f"| features of | {compared} |",
            f"| data | {faces_words} |",
            *measures,
            "| file | safetensors; matrices and kernels as signed bytes with a scale for each row |",
            f"| terms | made with MobileStyleGAN (non-commercial research) and {settings.encoder} ({spec.licence}): "
            "non-commercial research only |",
            "",
            "Chance, beside a measure, is the mean of the training faces in place of the decoded picture.",
            "",
        ]
    )


def recipe_words(record: DecoderRecord) -> str:
    """A recipe in the words of a card."""
    settings = record.settings
    weights = "".join(f", {name} x {weight:g}" for name, weight in sorted(settings.weights.items()))
    coarse = f", behind a coarse picture of {settings.coarse} px" if settings.coarse else ""
    return (
        f"{record.epochs:.3g} of at most {settings.epochs} epochs of batch {settings.batch}, Adam at {settings.rate:g} "
        f"({settings.schedule}), seed {settings.seed}; {settings.width} channels, dropout {settings.dropout:g}"
        f"{weights}{coarse}"
    )
