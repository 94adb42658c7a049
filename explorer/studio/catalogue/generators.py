"""Generators that the user has brought: imported once, kept in a folder of the user's own, known by name from then on.

Of each there is a card, which says what it is and under which licence it stands, and the generator itself in a form
that holds numbers only. The file that it came from is not needed again.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from explorer.science.contents import open_file
from explorer.science.generation.registry import GENERATORS, GeneratorEntry, generator_spec
from explorer.science.generation.spec import GeneratorSpec
from explorer.science.names import name_of, shown
from explorer.science.remarks import remark
from explorer.studio import places
from explorer.studio.errors import UserError
from explorer.studio.files import atomic_write, written_at

if TYPE_CHECKING:  # a command that only lists them loads no torch
    from explorer.science.generation.brought.files import GeneratorFile
    from explorer.science.generation.generator import Generator
    from explorer.science.generation.preview import PreviewHead

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
_CARD, _NUMBERS = ".json", ".safetensors"
_LARGEST_CARD = 64 * 1024
_LONGEST_LICENCE = 200
_BEST = 200.0  # dB; a preview that is equal has more than any number
NO_LICENCE = (
    f"under which terms may the generator be used? Say it in {_LONGEST_LICENCE} letters at most, such as "
    '"NVIDIA Source Code License, non-commercial"'
)
# By whom they are registered here, so that what the folder no longer holds goes again.
_registered: set[str] = set()

Count = Annotated[int, Field(ge=1, le=65536)]
Part = Annotated[float, Field(ge=-1, le=2)]
Side = Annotated[int, Field(ge=4, le=4096)]
Ratio = Annotated[float, Field(ge=-1000, le=1000)]


class GeneratorCard(BaseModel):
    """What is known of a brought generator.

    layout: whose file it came from. source, source_sha256: that file. sha256, size: of what is kept, in bytes.
    previews: sides that it has cheap previews of, in pixels, with the peak signal to noise of each, in dB; far_off: the
        same of those that are too far off to be used.
    points: as of `GeneratorSpec`; faces: in how many of the images drawn for them a face was found.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["likeness-generator-card/1"] = "likeness-generator-card/1"
    id: Annotated[str, Field(pattern=rf"^{_NAME.pattern}$")]
    family: str
    layout: str
    style_layers: Count
    width: Count
    z_width: Count | None = None
    resolution: Count
    previews: dict[Side, Ratio] = Field(default_factory=dict, max_length=8)
    far_off: dict[Side, Ratio] = Field(default_factory=dict, max_length=8)
    points: tuple[tuple[Part, Part], ...] | None = Field(None, min_length=5, max_length=5)
    faces: str = ""
    licence: str
    source: str
    source_sha256: str
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    size: int

    @property
    def spec(self) -> GeneratorSpec:
        """As the rest of the program sees it."""
        return GeneratorSpec(
            id=self.id,
            title=f"{self.id} ({self.family}, {self.resolution} px)",
            networks=(self.id,),
            style_layers=self.style_layers,
            width=self.width,
            resolution=self.resolution,
            z_width=self.z_width,
            previews=tuple(sorted(self.previews)),
            points=self.points,
        )

    @property
    def facts(self) -> tuple[str, ...]:
        """What it is and draws, a few words each."""
        latents = f"Z {self.z_width or self.width}, W {self.width}, W+ {self.style_layers} x {self.width}"
        said = [f"{self.family} ({self.layout}), {self.resolution} px, {latents}"]
        if self.faces:
            said.append(f"faces found in {self.faces} of its images")
        if self.previews:
            said.append(f"cheap previews: {_ratios(self.previews)}")
        if self.far_off:
            said.append(f"previews too far off to be used, as they have less than 25 dB: {_ratios(self.far_off)}")
        return tuple(said)

    @property
    def origin(self) -> str:
        """Its terms, and the file that it came from."""
        return (
            f"licence: {self.licence}; from {shown(self.source)}, sha256 {self.source_sha256[:12]}, "
            f"{self.size / 1e6:.1f} MB"
        )

    @property
    def place(self) -> Path:
        """Where its numbers are kept."""
        return folder() / f"{self.id}{_NUMBERS}"

    @property
    def kept_since(self) -> datetime | None:
        """When it was imported, in local time; None where it is not kept."""
        return written_at(self.place)


def folder() -> Path:
    """The folder of brought generators, made or not.

    Raises:
        NoHomeError: the user has none for what the program keeps.
    """
    return places.state() / "generators"


def brought_generators() -> list[GeneratorCard]:
    """The cards of the generators that are kept, by name; one that cannot be read is remarked on and left out."""
    with suppress(places.NoHomeError):
        cards = (_card(file) for file in sorted(folder().glob(f"*{_CARD}")))
        return [card for card in cards if card is not None]
    return []


def register_brought() -> None:
    """Register what the folder holds and is not registered, and no longer what is gone from it."""
    cards = {card.id: card for card in brought_generators()}
    for gone in {name for name in _registered if name not in cards or generator_spec(name) != cards[name].spec}:
        GENERATORS.unregister(gone)
        _registered.discard(gone)
    for name, card in cards.items():
        if name not in GENERATORS:
            GENERATORS.register(name, GeneratorEntry(card.spec, partial(_built, card)))
            _registered.add(name)


def import_generator(
    path: Path,
    licence: str,
    name: str | None = None,
    points_of: Callable[[Generator], PointsFound] | None = None,
    tell: Callable[[str], None] = lambda said: None,
) -> GeneratorCard:
    """Keep the generator of a file, and register it.

    Args:
        licence: its terms, in the user's words.
        name: under which it is known; of the file's name where None.
        points_of: finds where faces lie in what it draws; the common frame's points count where None.
        tell: told what is being done, before each part that takes its time.

    Raises:
        UserError: the name or the licence is none, another generator has the name, or it cannot be kept.
        NetworkFileError: the file holds no generator that can be read; the message says what it is.
        OSError: the file cannot be read.
    """
    from explorer.science.generation.brought.files import pack, read_generator_file

    register_brought()
    licence = checked_licence(licence)
    chosen = checked_name(name if name is not None else proposed_name(path))
    tell(f"reading {name_of(path)}")
    file, measured = _with_previews(read_generator_file(path), tell)
    numbers = pack(file)
    if points_of is not None:
        tell("looking for faces in what it draws")
    points, faces = (None, "") if points_of is None else points_of(_draws(file, chosen))
    tell(f"keeping {chosen}")
    card = GeneratorCard(
        id=chosen,
        family=file.family,
        layout=file.layout,
        style_layers=file.spec.style_layers,
        width=file.spec.width,
        z_width=file.spec.z_width,
        resolution=file.spec.resolution,
        previews={side: ratio for side, ratio in measured.items() if side in file.mixes},
        far_off={side: ratio for side, ratio in measured.items() if side not in file.mixes},
        points=points,
        faces=faces,
        licence=licence,
        source=name_of(path),
        source_sha256=_digest(path),
        sha256=hashlib.sha256(numbers).hexdigest(),
        size=len(numbers),
    )
    places.private_folder(folder())
    atomic_write(card.place, numbers)
    atomic_write(card.place.with_suffix(_CARD), card.model_dump_json(indent=2).encode())
    register_brought()
    return card


def remove_generator(name: str) -> GeneratorCard:
    """Take a brought generator away; return its card.

    Raises:
        UserError: there is none of that name.
    """
    cards = {card.id: card for card in brought_generators()}
    if name not in cards:
        there = f"; there are {', '.join(cards)}" if cards else "; none has been imported"
        built_in = " belongs to the program and stays" if name in GENERATORS else " is no generator that was imported"
        raise UserError(f"{name!r}{built_in}{there}")
    place = cards[name].place
    for file in (place.with_suffix(_CARD), place):
        file.unlink(missing_ok=True)
    register_brought()
    return cards[name]


def brought(network: str) -> GeneratorCard | None:
    """The card of a brought generator whose network is of that id; None where there is none."""
    return next((card for card in brought_generators() if card.id == network), None) if network in _registered else None


def brought_numbers(card: GeneratorCard) -> bytes:
    """The numbers of a brought generator, their hash checked.

    Raises:
        UserError: they are gone or damaged.
    """
    try:
        with open_file(card.place) as file:
            numbers = file.read()
    except OSError as error:
        numbers, why = b"", error.strerror or str(error)
    else:
        why = "it is damaged"
    if hashlib.sha256(numbers).hexdigest() != card.sha256:
        raise UserError(
            f"the generator {card.id} cannot be loaded ({shown(card.place)}: {why}): run `likeness generators remove "
            f"{card.id}`, and import {card.source} again"
        )
    return numbers


PointsFound = tuple[tuple[tuple[float, float], ...] | None, str]


def _ratios(sides: Mapping[int, float]) -> str:
    return ", ".join(f"{side} px {ratio:.0f} dB" for side, ratio in sorted(sides.items()))


def _with_previews(file: GeneratorFile, tell: Callable[[str], None]) -> tuple[GeneratorFile, dict[int, float]]:
    """The generator with those of its cheap previews that serve, and how good each is that it could have, in dB."""
    from explorer.science.generation.brought.files import build_brought
    from explorer.science.generation.brought.previews import measured_previews

    found = measured_previews(build_brought(file, file.spec), lambda: tell("measuring its previews"))
    measured = {side: round(min(max(one.ratio, -_BEST), _BEST), 1) for side, one in found.items()}
    return file.with_previews({side: one.mix for side, one in found.items() if one.serves}), measured


def _draws(file: GeneratorFile, name: str) -> Generator:
    from dataclasses import replace

    from explorer.science.generation.brought.files import build_brought

    return build_brought(file, replace(file.spec, id=name, title=name))


def _built(card: GeneratorCard, files: Sequence[bytes], heads: Mapping[int, PreviewHead]) -> Generator:
    from explorer.science.generation.brought.files import build_brought, unpack

    return build_brought(unpack(files[0]), card.spec)


def _card(file: Path) -> GeneratorCard | None:
    try:
        with open_file(file) as stream:
            card = GeneratorCard.model_validate_json(stream.read(_LARGEST_CARD))
        if card.id != file.stem:
            raise ValueError(f"it is called {card.id}")
    except (OSError, ValidationError, ValueError) as error:
        first = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
        remark(f"{shown(file)} is no card of a generator, and is left out: {first}")
        return None
    return card


def checked_name(name: str) -> str:
    """A name for a generator.

    Raises:
        UserError: it is none, or another generator or network has it.
    """
    if not _NAME.fullmatch(name):
        raise UserError(f"a generator cannot be called {name!r}: take small letters, digits and hyphens")
    from explorer.studio.catalogue.entries import catalogue

    if name in GENERATORS or name in {entry.id for entry in catalogue().entries()}:
        raise UserError(f"there is a generator or a network called {name} already: choose another name")
    return name


def checked_licence(licence: str) -> str:
    """The terms of a generator, without needless spaces.

    Raises:
        UserError: there are none, or too many words.
    """
    words = " ".join(licence.split())
    if not words or len(words) > _LONGEST_LICENCE:
        raise UserError(NO_LICENCE)
    return words


def proposed_name(path: Path) -> str:
    """The name that a generator's file proposes; empty where its own has no letter."""
    return re.sub(r"[^a-z0-9]+", "-", path.stem.lower()).strip("-")[:60].strip("-")


def _digest(path: Path) -> str:
    with open_file(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
