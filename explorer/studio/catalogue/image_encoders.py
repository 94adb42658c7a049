"""Image encoders that the user has brought: pSp's, e4e's and ReStyle's, which tell the latent of a photograph.

Of each its tensors are kept, in a form that holds nothing else, with a card beside them. The generator that it was
made for is one of the program's or an imported one, which has as many styles of the same width.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from explorer.science.contents import open_file
from explorer.science.names import name_of, shown
from explorer.science.remarks import remark
from explorer.studio import places
from explorer.studio.catalogue.brought_encoders import checked_licence, checked_name, name_for
from explorer.studio.errors import UserError, explain
from explorer.studio.files import atomic_write, explained, written_at

if TYPE_CHECKING:
    from explorer.science.generation.brought.image_encoder import ImageEncoder
    from explorer.science.generation.spec import GeneratorSpec

_CARD, _NUMBERS, _LARGEST_CARD = ".json", ".safetensors", 64 * 1024


class ImageEncoderCard(BaseModel):
    """What is known of one. family: whose it is. styles, width: L and K of its latents. side: of what it sees, in px.

    draws: whether it sees what its generator has drawn so far. source, source_sha256: its file; sha256, size: of what
    is kept.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["likeness-image-encoder-card/1"] = "likeness-image-encoder-card/1"
    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,59}$")]
    family: str
    styles: int
    width: int
    side: int
    draws: bool
    licence: str
    source: str
    source_sha256: str
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    size: int

    @property
    def place(self) -> Path:
        """Where its numbers are kept."""
        return folder() / f"{self.id}{_NUMBERS}"

    @property
    def kept_since(self) -> datetime | None:
        """When it was imported, in local time; None where it is not kept."""
        return written_at(self.place)

    @property
    def words(self) -> str:
        """It in two lines."""
        return (
            f"{self.id}: image encoder of {self.family}, {self.side} px to W+ {self.styles} x {self.width}\n"
            f"    licence: {self.licence}; from {shown(self.source)}, sha256 {self.source_sha256[:12]}, "
            f"{self.size / 1e6:.1f} MB"
        )

    def fits(self, generator: GeneratorSpec) -> bool:
        """Whether a generator has as many styles of the same width."""
        return (self.styles, self.width) == (generator.style_layers, generator.width)


def folder() -> Path:
    """Where they lie, made or not.

    Raises:
        NoHomeError: the user has none for what the program keeps.
    """
    return places.state() / "image-encoders"


def image_encoders() -> list[ImageEncoderCard]:
    """The cards of those that are kept, by name; one that cannot be read is remarked on and left out."""
    with suppress(places.NoHomeError):
        cards = (_card(file) for file in sorted(folder().glob(f"*{_CARD}")))
        return [card for card in cards if card is not None]
    return []


def image_encoder(name: str) -> ImageEncoderCard:
    """The card of one.

    Raises:
        UserError: there is none of that name.
    """
    cards = {card.id: card for card in image_encoders()}
    if name not in cards:
        there = f"there are {', '.join(cards)}" if cards else "none has been imported (`likeness networks import FILE`)"
        raise UserError(f"no image encoder called {name!r}; {there}")
    return cards[name]


def keep_image_encoder(path: Path, licence: str, name: str | None = None) -> ImageEncoderCard:
    """Keep the encoder of a checkpoint.

    Raises:
        UserError: the name or the licence is none, or it cannot be kept.
        NetworkFileError: the file holds none. OSError: it cannot be read.
    """
    from explorer.science.generation.brought.image_encoder_files import pack_image_encoder, read_image_encoder

    chosen, terms = checked_name(name if name is not None else name_for(path.name)), checked_licence(licence)
    if any(card.id == chosen for card in image_encoders()):
        raise UserError(f"there is an image encoder called {chosen} already: choose another name")
    file = read_image_encoder(path)
    numbers = pack_image_encoder(file)
    with open_file(path) as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    card = ImageEncoderCard(
        id=chosen,
        family=file.plan.family,
        styles=len(file.plan.pools),
        width=file.plan.width,
        side=file.plan.side,
        draws=file.plan.channels == 6,
        licence=terms,
        source=name_of(path),
        source_sha256=digest,
        sha256=hashlib.sha256(numbers).hexdigest(),
        size=len(numbers),
    )
    places.private_folder(folder())
    atomic_write(card.place, numbers)
    atomic_write(card.place.with_suffix(_CARD), card.model_dump_json(indent=2).encode())
    return card


def remove_image_encoder(name: str) -> ImageEncoderCard:
    """Take one away, without a trace; return its card.

    Raises:
        UserError: there is none of that name, or it cannot be removed.
    """
    card = image_encoder(name)
    try:
        for file in (card.place.with_suffix(_CARD), card.place):
            file.unlink(missing_ok=True)
    except OSError as error:
        raise explained(error, card.place) from error
    return card


def load_image_encoder(card: ImageEncoderCard) -> ImageEncoder:
    """Build one, its hash checked.

    Raises:
        UserError: what is kept of it is gone or damaged.
    """
    from explorer.science.generation.brought.image_encoder_files import build_image_encoder, unpack_image_encoder

    try:
        with open_file(card.place) as file:
            numbers = file.read()
    except OSError as error:
        numbers, why = b"", error.strerror or str(error)
    else:
        why = "it is damaged"
    if hashlib.sha256(numbers).hexdigest() != card.sha256:
        raise UserError(
            f"the image encoder {card.id} cannot be loaded ({shown(card.place)}: {why}): run `likeness networks remove "
            f"{card.id}`, and import {card.source} again"
        )
    return build_image_encoder(unpack_image_encoder(numbers))


def fitting(card: ImageEncoderCard, generators: Iterable[GeneratorSpec]) -> GeneratorSpec:
    """The first of some generators that draws what an image encoder tells.

    Raises:
        UserError: none does.
    """
    known = tuple(generators)
    found = next((one for one in known if card.fits(one)), None)
    if found is None:
        raise UserError(
            f"{card.id} tells {card.styles} styles of {card.width} numbers, which none of "
            f"{', '.join(one.id for one in known)} draws: import its generator by `likeness generators import FILE`"
        )
    return found


def _card(file: Path) -> ImageEncoderCard | None:
    try:
        with open_file(file) as stream:
            card = ImageEncoderCard.model_validate_json(stream.read(_LARGEST_CARD))
        if card.id != file.stem:
            raise ValueError(f"it is called {card.id}")
    except (OSError, ValidationError, ValueError) as error:
        first = error.errors()[0]["msg"] if isinstance(error, ValidationError) else explain(error) or str(error)
        remark(f"{shown(file)} is no card of an image encoder, and is left out: {first}")
        return None
    return card
