"""Encoders that the user has brought: tried and checked once, kept in a folder of the user's own, known by name
from then on.

Of each there is a card, which says what it is, how it wants its faces, how well it separates people and under which
licence it stands; beside it the file as it came, under its hash, and what was measured of strangers. No photograph and
no embedding of one is kept. Loads no torch before the table of encoders is loaded.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from filelock import FileLock
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from explorer.science.contents import open_file
from explorer.science.names import shown
from explorer.science.registry import join_when_filled
from explorer.science.remarks import remark
from explorer.studio import places
from explorer.studio.catalogue.debiased_encoders import kept_debiased, register_debiased
from explorer.studio.catalogue.entries import catalogue
from explorer.studio.catalogue.kept_networks import KeptNetwork, keep_these
from explorer.studio.catalogue.own_probes import own_probes_file
from explorer.studio.errors import UserError
from explorer.studio.files import atomic_write, explained, written_at

if TYPE_CHECKING:  # a command that only lists them loads no torch
    from torch import nn

    from explorer.science.recognition.base import EncoderSpec
    from explorer.science.recognition.imported import InputConvention

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
_CARD = ".json"
_LARGEST_CARD = 256 * 1024
LONGEST_LICENCE = 200
_LOCK = "lock"
# What is registered here by name, so that what the folder no longer holds, or holds otherwise, goes again.
_registered: dict[str, EncoderCard] = {}

Three = tuple[float, float, float]
Side = Annotated[int, Field(ge=1, le=4096)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Input(_Part):
    """How it wants its faces; as of `InputConvention`."""

    framing: Literal["arcface", "square-box", "whole-frame"]
    size: tuple[Side, Side]
    colour: Literal["RGB", "BGR"]
    mean: Three
    scale: Three
    per_image: bool
    margin: float = Field(ge=0.5, le=3)
    measure: Literal["cosine", "euclidean"]

    @property
    def convention(self) -> InputConvention:
        """As the science has it."""
        from explorer.science.recognition.imported import InputConvention

        return InputConvention(**self.model_dump())


class Population(_Part):
    """How an encoder does on the photographs of a set.

    auc, low, high: the area under the ROC curve of same and different people, and its 95 % interval by person; None of
        generated faces, of whom there is one picture each.
    threshold: at FMR 1e-3 on this set; None where so few pairs cannot tell it.
    """

    name: str
    people: int
    photographs: int
    pairs: int
    auc: float | None
    low: float | None
    high: float | None
    threshold: float | None


class EncoderCard(_Part):
    """What is known of a brought encoder.

    architecture, file_format, layer, dimension: as of `ImportedNetwork`. lengths: as of `EncoderSpec`.
    files: names of what is kept, the first being the one that was imported. source: its name; sha256, size: of all.
    proposed: whether the convention is the one that separated best, not one of the user's.
    populations: on whom it was measured; threshold, threshold_on: at FMR 1e-3, and on whom that was measured;
        own_threshold: its makers', as its owner says.
    """

    format: Literal["likeness-encoder-card/1"] = "likeness-encoder-card/1"
    id: Annotated[str, Field(pattern=rf"^{_NAME.pattern}$")]
    architecture: str
    file_format: str
    layer: str
    dimension: int = Field(ge=2, le=65536)
    input: Input
    proposed: bool
    lengths: tuple[float, float] | None = None
    populations: tuple[Population, ...]
    threshold: float | None
    threshold_on: str
    own_threshold: float | None = None
    licence: str
    commercial: bool
    source: str
    files: tuple[Annotated[str, Field(pattern=r"^[^/\\]*[^/\\.][^/\\]*$", max_length=255)], ...] = Field(min_length=1)
    sha256: Sha256
    size: int

    @property
    def kept(self) -> KeptNetwork:
        """Its network, as what asks for networks knows it."""
        place = files_folder() / self.sha256
        files = tuple(place / name for name in self.files)
        return KeptNetwork(self.id, files, self.sha256, self.size, self.source, self.computes)

    @property
    def computes(self) -> str:
        """A hash (hex) of all that its embeddings follow from: what was imported once more under its name, by another
        layer or with faces cut out otherwise, is another encoder to whatever is kept or recorded of it."""
        follows = f"{self.sha256}\n{self.layer}\n{self.input.model_dump_json()}"
        return hashlib.sha256(follows.encode()).hexdigest()

    @property
    def title(self) -> str:
        """What it is called on screen."""
        return f"{self.id} ({self.architecture})"

    @property
    def gallery(self) -> Path:
        """Where the embeddings of generated faces lie."""
        return folder() / f"{self.id}-gallery.safetensors"

    @property
    def impostors(self) -> Path:
        """Where the counts of strangers lie."""
        return folder() / f"{self.id}-impostors.safetensors"

    @property
    def probes(self) -> Path:
        """Where probes lie that were trained of it; its card beside them."""
        return folder() / f"{self.id}-probes.safetensors"

    def decoder(self, called: str) -> Path:
        """Where the decoder lies of it, or of a layer of it; `called` as of `tapped_id`."""
        return folder() / f"{called}-decoder.safetensors"

    @property
    def calibrations(self) -> Path:
        """Where the calibrations of these on photographs lie."""
        return folder() / f"{self.id}-calibrations.txt"

    @property
    def text(self) -> Path:
        """The card to be read."""
        return folder() / f"{self.id}.md"

    @property
    def made(self) -> tuple[Path, ...]:
        """What was measured and trained of it, there or not."""
        weights = (self.gallery, self.impostors, self.probes)
        decoders = (*folder().glob(f"{self.id}-decoder.*"), *folder().glob(f"{self.id}@*-decoder.*"))
        return (*weights, *(file.with_suffix(".md") for file in weights), self.calibrations, *sorted(decoders))

    @property
    def place(self) -> Path:
        """The card itself."""
        return folder() / f"{self.id}{_CARD}"

    @property
    def kept_since(self) -> datetime | None:
        """When it was imported, in local time; None where it is not kept."""
        return written_at(self.place)


def folder() -> Path:
    """The folder of brought encoders, made or not.

    Raises:
        NoHomeError: the user has none for what the program keeps.
    """
    return places.state() / "networks"


def files_folder() -> Path:
    """Where the network files lie, each in a folder that is called by its hash."""
    return folder() / "files"


def brought_encoders() -> list[EncoderCard]:
    """The cards of the encoders that are kept, by name; one that cannot be read is remarked on and left out."""
    with suppress(places.NoHomeError):
        cards = (_card(file) for file in sorted(folder().glob(f"*{_CARD}")))
        return [card for card in cards if card is not None]
    return []


def brought_encoder(encoder: str) -> EncoderCard | None:
    """The card of a brought encoder; None where none of that name was brought."""
    return next((card for card in brought_encoders() if card.id == encoder), None) if encoder in _registered else None


def register_brought_encoders() -> None:
    """Know what the folder holds, and no longer what is gone from it: the networks now, the encoders as soon as their
    table is loaded; and with them the debiased encoder of the program's own, where it is there."""
    cards = brought_encoders()
    keep_these([*(card.kept for card in cards), *kept_debiased()])
    register_debiased()
    if cards or _registered:
        join_when_filled("encoder", _register)


def _register() -> None:
    from explorer.science.recognition.registry import ENCODERS, register_encoder

    cards = {card.id: card for card in brought_encoders()}
    for gone in [one for one, card in _registered.items() if cards.get(one) != card]:
        ENCODERS.unregister(gone)
        del _registered[gone]
    for name, card in cards.items():
        if name not in ENCODERS:
            register_encoder(_spec(card), partial(_body, card))
            ENCODERS.enable(name)  # optional ones are switched off until their file is there
            _registered[name] = card


def remove_encoder(name: str) -> EncoderCard:
    """Take a brought encoder away, its file with it where no other needs that; return its card.

    Raises:
        UserError: there is none of that name, or it cannot be removed.
    """
    cards = {card.id: card for card in brought_encoders()}
    if name not in cards:
        from explorer.science.recognition.registry import ENCODERS

        there = f"; there are {', '.join(cards)}" if cards else "; none has been imported"
        built_in = " belongs to the program and stays" if name in ENCODERS else " is no network that was imported"
        raise UserError(f"{name!r}{built_in}{there}")
    gone = cards[name]
    with alone(), _explained(gone.place):
        # The card goes first: what is left without it is nobody's, and no half of an encoder.
        own = own_probes_file(name)
        for file in (gone.place, gone.text, *gone.made, *(() if own is None else (own,))):
            file.unlink(missing_ok=True)
        if all(card.sha256 != gone.sha256 for card in brought_encoders()):
            shutil.rmtree(files_folder() / gone.sha256, ignore_errors=True)
    register_brought_encoders()
    return gone


def keep_encoder(card: EncoderCard, text: str, files: Sequence[Path], measured: Mapping[str, bytes]) -> EncoderCard:
    """Keep an encoder, and register it.

    Args:
        text: the card to be read, as Markdown.
        files: those of the network, in their order.
        measured: contents of `gallery` and `impostors`, by these names, as far as they are there.

    Raises:
        UserError: its name is taken, a file is not what was tried any more, or it cannot be kept.
    """
    for place in (folder(), files_folder()):
        places.private_folder(place)
    with alone():
        checked_name(card.id)
        _copy(card, files)
        for name, data in measured.items():
            atomic_write(getattr(card, name), data)
        atomic_write(card.text, text.encode())
        atomic_write(card.place, card.model_dump_json(indent=2).encode())
    register_brought_encoders()
    return card


@contextmanager
def alone() -> Iterator[None]:
    """Keep other processes of the user's out of the folder meanwhile; they are waited for."""
    with FileLock(places.private_folder(folder()) / _LOCK, mode=0o600):
        yield


def checked_name(name: str) -> str:
    """A name for an encoder that is to be brought.

    Raises:
        UserError: it cannot be one, or is taken.
    """
    if not _NAME.fullmatch(name):
        raise UserError(f"a network cannot be called {name!r}: take small letters, digits and hyphens")
    from explorer.science.generation.registry import GENERATORS
    from explorer.science.recognition.registry import ENCODERS

    taken = name in ENCODERS or name in GENERATORS or (folder() / f"{name}{_CARD}").exists()
    if taken or name in {entry.id for entry in catalogue().entries()}:
        raise UserError(f"there is a network or a generator called {name} already: choose another name")
    return name


def checked_licence(licence: str) -> str:
    """The terms of a network in the user's words, in one line.

    Raises:
        UserError: there are none, or they are too long.
    """
    words = " ".join(licence.split())
    if not words or len(words) > LONGEST_LICENCE:
        raise UserError(
            f"under which terms may the network be used? Say it in {LONGEST_LICENCE} letters at most by --licence, as "
            'in --licence "MIT" or --licence "own, not published"'
        )
    return words


def name_for(source: str) -> str:
    """A name for a network by that of its file, such as "my-net" for "My Net.onnx"."""
    return re.sub(r"[^a-z0-9]+", "-", Path(source).stem.lower()).strip("-")[:60].strip("-") or "network"


def _copy(card: EncoderCard, files: Sequence[Path]) -> None:
    """Copy the files under their hash, and see that they are what was tried."""
    place = places.private_folder(files_folder() / card.sha256)
    if card.kept.fault():
        for file, name in zip(files, card.files, strict=True):
            with open_file(file) as stream:
                atomic_write(place / name, partial(shutil.copyfileobj, stream))
    if card.kept.fault():
        shutil.rmtree(place, ignore_errors=True)
        raise UserError(f"{shown(files[0])} has changed while it was tried: import it again")


def _spec(card: EncoderCard) -> EncoderSpec:
    from explorer.science.recognition.base import EncoderSpec
    from explorer.science.recognition.imported.framing import template_of

    return EncoderSpec(
        id=card.id,
        title=card.title,
        network=card.id,
        dimension=card.dimension,
        template=template_of(card.input.convention),
        measure=card.input.measure,
        own_threshold=card.own_threshold,
        licence=card.licence,
        commercial=card.commercial,
        lengths=card.lengths,
        optional=True,
    )


def _body(card: EncoderCard, data: bytes) -> nn.Module:
    """The network, read from the files that are kept, which may be several: `data` is not needed."""
    from explorer.science.networks.errors import NetworkFileError
    from explorer.science.recognition.imported import import_network
    from explorer.science.recognition.imported.framing import input_of

    network = import_network(card.kept.files[0], card.layer)
    if network.dimension != card.dimension or card.input.size not in network.sizes:
        raise NetworkFileError(f"the network {card.id} is read otherwise than when it was imported: import it again")
    return input_of(network.body, card.input.convention)


def _card(file: Path) -> EncoderCard | None:
    try:
        with open_file(file) as stream:
            card = EncoderCard.model_validate_json(stream.read(_LARGEST_CARD))
        if card.id != file.stem:
            raise ValueError(f"it is called {card.id}")
    except (OSError, ValidationError, ValueError) as error:
        first = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
        remark(f"{shown(file)} is no card of a network, and is left out: {first}")
        return None
    return card


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise explained(error, path) from error
