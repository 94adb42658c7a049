"""Whose a bare embedding is: its record, its file, or whoever opens it names the encoder; numbers alone do not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from explorer.science.recognition.base import EncoderSpec
from explorer.science.recognition.registry import ENCODERS, encoder_spec
from explorer.science.remarks import remark
from explorer.studio.catalogue.networks import known_encoder
from explorer.studio.errors import UserError
from explorer.studio.faces.vectors import StoredVector, Vector, belonging, is_absurd, load_vector


class UnnamedEncoderError(UserError):
    """Several encoders make so many numbers, and neither the file nor its record says which made these."""


@dataclass(frozen=True, eq=False)
class OpenedVector:
    """An embedding of a known encoder, out of a file.

    vector: (D,) float32. sha256: of the file. norm: the length of what the file holds. known_by: how the encoder is
    known, in words. remarks: what is odd about it, each a sentence's second half.
    """

    name: str
    sha256: str
    encoder: str
    vector: Vector
    norm: float
    known_by: str
    remarks: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """Such as "me.npy: 128 numbers of sface, as its record says, norm 9.183"."""
        return f"{self.name}: {len(self.vector)} numbers of {self.encoder}, {self.known_by}, norm {self.norm:.4g}"


def open_vector(path: Path, encoder: str | None = None) -> OpenedVector:
    """Read an embedding whose encoder the file or the record beside it names, or the caller; remark on what is odd.

    Args:
        encoder: whose it is; None to go by file and record, or by its dimension where one encoder alone has that.

    Raises:
        UnnamedEncoderError: it is not known whose it is.
        UserError: as `load_vector`, and where it is another encoder's than the caller says.
    """
    opened = of_encoder(load_vector(path), encoder)
    for one in opened.remarks:
        remark(f"{opened.name}: {one}")
    return opened


def of_encoder(stored: StoredVector, encoder: str | None) -> OpenedVector:
    """As `open_vector`, of an embedding that has been read."""
    named, known_by = _named(stored, encoder)
    try:
        spec = known_encoder(named)
    except UserError as error:
        raise UserError(f"{stored.name}: {error}") from None
    opened = OpenedVector(
        stored.name, stored.sha256, named, belonging(stored, spec.dimension, named), stored.norm, known_by
    )
    remarks = (stored.remark, length_remark(spec, stored))
    return replace(opened, remarks=tuple(filter(None, remarks)))


def encoders_of(dimension: int) -> tuple[EncoderSpec, ...]:
    """The encoders whose embeddings have so many numbers."""
    return tuple(spec for name in ENCODERS.names() if (spec := encoder_spec(name)).dimension == dimension)


def likeliest(stored: StoredVector) -> str | None:
    """Whose an embedding may be by its dimension and length, to begin with; None where that is not one encoder."""
    fitting = _fitting(encoders_of(len(stored.vector)), stored.norm)
    return fitting[0] if len(fitting) == 1 else None


def length_remark(spec: EncoderSpec, stored: StoredVector) -> str:
    """What to say of an embedding whose length its encoder does not give; "" where nothing is to be said."""
    norm = stored.norm
    if spec.measure == "euclidean" and spec.lengths is not None and not _within(spec.lengths, norm):
        low, high = spec.lengths
        return (
            f"its norm is {norm:.4g}, but {spec.id} gives {low:g} to {high:g}: it seems to have been scaled, "
            "and distances to it mean little"
        )
    if is_absurd(stored.vector):
        return f"its norm is {norm:.1e}: only its direction is used"
    return ""


def _fitting(candidates: Sequence[EncoderSpec], norm: float) -> list[str]:
    return [spec.id for spec in candidates if spec.lengths is not None and _within(spec.lengths, norm)]


def _within(lengths: tuple[float, float], norm: float) -> bool:
    return lengths[0] <= norm <= lengths[1]


def _named(stored: StoredVector, encoder: str | None) -> tuple[str, str]:
    """The encoder, and how it is known."""
    if stored.encoder is not None and encoder in (None, stored.encoder):
        return stored.encoder, f"as its {stored.named_by} says"
    if encoder is not None:
        return encoder, "as you say"
    candidates = encoders_of(len(stored.vector))
    if len(candidates) == 1:
        return candidates[0].id, f"as no other encoder makes {len(stored.vector)}"
    if not candidates:
        known = ", ".join(f"{encoder_spec(name).dimension} of {name}" for name in ENCODERS.names())
        raise UserError(f"{stored.name} has {len(stored.vector)} numbers, which no encoder makes: there are {known}")
    fitting = _fitting(candidates, stored.norm)
    like = f", as those of {' or '.join(fitting)} have" if fitting else ""
    raise UnnamedEncoderError(
        f"{stored.name} has {len(stored.vector)} numbers of norm {stored.norm:.4g}{like}, and does not name its "
        f"encoder: {' and '.join(spec.id for spec in candidates)} make so many; give it with --encoder"
    )
