"""The generators from an encoder's vectors to faces: their files, read and written, with their cards."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from explorer.science.contents import read_bytes
from explorer.science.names import shown
from explorer.science.vec2face.generator import VectorToFace
from explorer.science.vec2face.record import Vec2FaceFileError, Vec2FaceRecord, decode_vec2face, encode_vec2face
from explorer.studio import places
from explorer.studio.catalogue.brought_encoders import brought_encoder
from explorer.studio.catalogue.networks import known_encoder, network_sha256
from explorer.studio.catalogue.weight_files import read_weights
from explorer.studio.errors import UserError
from explorer.studio.files import atomic_write

_WORDS = {
    "plain": "convolutions that grow, the vector at the first scale alone (the paper's baseline)",
    "cnn": "convolutions that grow, the vector by AdaIN at every scale (DiBiGAN)",
    "attention": "attention, the vector by cross-attention at every scale (DAB-GAN)",
}


def vec2face_name(encoder: str) -> str:
    """What the generator of an encoder is called among the networks that took part in a run."""
    return f"vec2face-{encoder}"


def vec2face_file(encoder: str) -> Path:
    """Where the generator of an encoder lies, made or not: of one that was brought in the user's own folder."""
    card, name = brought_encoder(encoder), f"{vec2face_name(encoder)}.safetensors"
    return places.models() / name if card is None else card.decoder(encoder).with_name(name)


def load_vec2face(encoder: str, file: Path | None = None) -> tuple[VectorToFace, Vec2FaceRecord]:
    """The generator for an encoder's vectors, and what is known of it; a file is read once.

    Args:
        file: of the generator; the encoder's own if None.

    Raises:
        UserError: there is no such encoder; its generator is missing, damaged, or another encoder's.
    """
    spec, own = known_encoder(encoder), file or vec2face_file(encoder)
    generator, record = read_vec2face(own, encoder)
    if record.encoder != encoder or record.network != network_sha256(spec.network):
        another = record.encoder if record.encoder != encoder else f"another network that was called {encoder}"
        raise UserError(f"{shown(own)} draws by vectors of {another}: train one of {encoder}")
    return generator, record


def read_vec2face(file: Path, encoder: str = "ID") -> tuple[VectorToFace, Vec2FaceRecord]:
    """A generator of any file, and what is known of it.

    Args:
        encoder: whose it ought to be, for what is said where there is none.

    Raises:
        UserError: it is missing or damaged.
    """
    missing = (
        f"{shown(file.name)}: there is no such file: train a generator with "
        f"`likeness train vec2face SET --encoder {encoder} --work DIR --keep`"
    )
    return read_weights(file, _loaded, Vec2FaceFileError, missing)


@lru_cache(maxsize=8)
def _loaded(file: Path, modified_ns: int) -> tuple[VectorToFace, Vec2FaceRecord]:
    """The time of the file is there to key the memory."""
    return decode_vec2face(read_bytes(file))


def save_vec2face(generator: VectorToFace, record: Vec2FaceRecord, options: str, file: Path) -> Path:
    """Write a generator, and its card beside it; options: of the command."""
    mode = 0o644 if brought_encoder(record.encoder) is None else 0o600
    atomic_write(file.with_suffix(".md"), vec2face_card(record, options).encode(), mode=mode)
    return atomic_write(file, encode_vec2face(generator, record), mode=mode)


def vec2face_card(record: Vec2FaceRecord, options: str) -> str:
    """The card beside a generator, as Markdown."""
    settings, spec = record.settings, known_encoder(record.encoder)
    letter = "" if record.configuration is None else f", configuration ({record.configuration}) of table II"
    box = "as a black box: no slope of it was used" if record.black_box else "as a white box"
    terms = [
        "reconstruction",
        "adversary",
        *["distillation"] * settings.distill,
        *["bijective metric"] * settings.biject,
    ]
    losses = ", ".join(f"{name} {value:.4g}" for name, value in record.losses.items()) or "not said"
    taught = "nothing" if record.taught_by is None else record.taught_by
    return "\n".join(
        [
            f"# {vec2face_name(record.encoder)}: a face from a vector in one pass",
            "",
            f"What it does: turns a vector of {record.encoder} into a picture of {settings.resolution} px",
            "(`explorer/science/vec2face/generator.py`; Vec2Face-v2, sections III-B and V).",
            "",
            "| | |",
            "|---|---|",
            f"| network | {_WORDS[settings.generator]}; {settings.width:g} of the published widths{letter} |",
            f"| attacked | {record.encoder}, {box} |",
            f"| made small | eq. 16: {', '.join(terms)}; weights by eq. 18, alpha {settings.alpha:g}, "
            f"beta {settings.beta:g} |",
            f"| features of | {taught} |",
            f"| recipe | `explorer/science/training/vec2face.py`: {settings.steps} steps at each of "
            f"{settings.scales} scales, batch {settings.batch} at 4 px, Adam at {settings.rate:g}, seed "
            f"{settings.seed}; the running mean of weights is kept |",
            f"| command | `likeness train vec2face{options} --work DIR` |",
            f"| data | {record.learnt_from} |",
            f"| losses of the last step | {losses} |",
            f"| terms | those of the faces, and of {record.encoder} ({spec.licence}) |",
            "",
        ]
    )
