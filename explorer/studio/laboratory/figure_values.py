"""The figures of the Deep Face Decoder that decoders draw: what each shows, and what it takes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict, Field

from explorer.science.decoding.network import FaceDecoder
from explorer.science.decoding.record import DecoderRecord
from explorer.science.faces.face import Face, Photograph
from explorer.science.inversion.settings import LARGEST_SEED, InversionSettings
from explorer.science.recognition.tapping import tapped_id
from explorer.studio.catalogue.decoders import decoder_file
from explorer.studio.errors import UserError
from explorer.studio.export.picture_grid import Cell

_MANY = 60


@dataclass(frozen=True)
class FigurePreset:
    """A figure. note: what is seen in it. faces, decoders: how many it takes, at least and at most.

    one_encoder: whether all decoders have to be of one encoder; whole: whether none may be of a layer.
    """

    title: str
    note: str
    faces: tuple[int, int] = (1, 12)
    decoders: tuple[int, int] = (1, 12)
    one_encoder: bool = False
    whole: bool = False


FIGURES: Mapping[str, FigurePreset] = {
    "1": FigurePreset("Faces, and what decoders draw of their embeddings", "A row a decoder"),
    "3": FigurePreset("Photographs as decoders of several encoders and perceptual networks draw them", "A row each"),
    "4": FigurePreset("Photographs as the decoders of two encoders draw them", "A row an encoder", decoders=(2, 2)),
    "5": FigurePreset(
        "Embeddings of an encoder and means of one of its layers, decoded",
        "A row a layer",
        decoders=(2, 2),
        one_encoder=True,
    ),
    "6": FigurePreset(
        "Decoders beside the search, with PSNR",
        "Above pictures the PSNR in dB; a search goes on for seconds, a decoder draws at once",
    ),
    "7": FigurePreset("Decoders beside the mean face, with PSNR", "Above pictures the PSNR in dB"),
    "12": FigurePreset(
        "A face attacked in four ways, and what is left of that behind the decoder",
        "Above pictures the scores to the person who is shown and to the one aimed at, below of the decoded picture",
        faces=(2, 2),
        one_encoder=True,
        whole=True,
    ),
    "14": FigurePreset(
        "Centroids of the clusters of a person's photographs, decoded",
        "A row an encoder, the largest cluster first; above pictures how many of the photographs are in it",
        faces=(2, _MANY),
    ),
    "15": FigurePreset(
        "Means of 1 to many embeddings of a person, decoded",
        "A row an encoder, photographs in an order that a seed draws; above pictures the score to the mean of all",
        faces=(2, _MANY),
    ),
    "17": FigurePreset(
        "Embeddings taken apart, one part replaced by the mean of a class, and decoded",
        "(a) the face, (b) its embedding taken apart and put together",
        decoders=(1, 1),
        whole=True,
    ),
}
"""By the paper's numbers. Figures 8 to 11, 13 and 16 have commands of their own."""


class FigureSettings(BaseModel):
    """What a figure follows from besides faces, decoders and modifier.

    Example:
        >>> from explorer.studio.laboratory.figure_values import FigureSettings
        >>> FigureSettings(number="15", seed=3).preset.faces
        (2, 60)
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: str = Field(max_length=8, description="of the figure in the paper")
    most: int = Field(8, ge=2, le=12, description="columns of clusters or means (figures 14 and 15)")
    threshold: float | None = Field(
        None, ge=-1e6, le=1e6, description="mean score at which clusters become one; the photographs' mean where None"
    )
    seed: int = Field(0, ge=0, le=LARGEST_SEED, description="of the order of photographs (figure 15)")
    budget: float = Field(8.0, gt=0, le=64, description="how much attacks may change a channel, of 255 (figure 12)")
    attribute: str = Field("gender", max_length=100, description="that is taken apart (figure 17)")
    search: InversionSettings = Field(
        default_factory=InversionSettings, description="of figure 6; its encoder is the first decoder's"
    )

    @property
    def preset(self) -> FigurePreset:
        """What the figure shows and takes.

        Raises:
            UserError: there is no such figure.
        """
        if self.number not in FIGURES:
            raise UserError(f"no figure {self.number!r} is drawn by decoders; there are {', '.join(FIGURES)}")
        return FIGURES[self.number]


@dataclass(frozen=True, eq=False)
class FigureDecoder:
    """A decoder that takes part. sha256: of its file. file: its name where it is not the program's own; else empty."""

    decoder: FaceDecoder
    record: DecoderRecord
    sha256: str
    file: str = ""

    @property
    def encoder(self) -> str:
        """Whose embeddings are decoded."""
        return self.record.settings.encoder

    @property
    def layer(self) -> str | None:
        """At which layer they are taken; None for the encoder's own."""
        return self.record.settings.layer

    @property
    def name(self) -> str:
        """As networks that took part are called."""
        return self.file or decoder_file(self.encoder, self.layer).stem


@dataclass(frozen=True, eq=False)
class FigureFace:
    """A face of a photograph."""

    photograph: Photograph
    face: Face


@dataclass(frozen=True, eq=False)
class Drawn:
    """What a figure shows.

    columns: titles; rows: cells under them. numbers: what is written above pictures and what else tells, by name.
    networks: sha256 of those that took part besides encoders and decoders. note: what is to be known besides.
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[Cell | None]]
    numbers: Mapping[str, float | None]
    networks: Mapping[str, str] = field(default_factory=dict)
    note: str = ""


def titles_of(decoders: Sequence[FigureDecoder]) -> list[str]:
    """What tells decoders apart: encoder and layer, then perceptual network, then the name of the file."""
    plain = [tapped_id(one.encoder, one.layer) for one in decoders]
    longer = [f"{title}, {one.record.settings.perceptual}" for title, one in zip(plain, decoders, strict=True)]
    times, again = Counter(plain), Counter(longer)
    chosen = [long if times[title] > 1 else title for title, long in zip(plain, longer, strict=True)]
    return [
        f"{title}, {one.name}" if again[long] > 1 else title
        for title, long, one in zip(chosen, longer, decoders, strict=True)
    ]


def check_parts(settings: FigureSettings, faces: int, decoders: Sequence[FigureDecoder]) -> None:
    """Refuse what a figure cannot be drawn of.

    Raises:
        UserError: there are too few or too many faces or decoders, or these are of others than the figure takes.
    """
    preset, number = settings.preset, settings.number
    for count, (least, most), what in (
        (faces, preset.faces, "photographs"),
        (len(decoders), preset.decoders, "decoders"),
    ):
        if not least <= count <= most:
            wanted = str(least) if least == most else f"{least} to {most}"
            named = what.removesuffix("s") if wanted == "1" else what
            raise UserError(f"figure {number} takes {wanted} {named}, not {count}: {_ADVICE[what]}")
    encoders = list(dict.fromkeys(one.encoder for one in decoders))
    if preset.one_encoder and len(encoders) > 1:
        raise UserError(f"figure {number} is of one encoder, and the decoders are of {', '.join(encoders)}: name one")
    layer = next((one.layer for one in decoders if one.layer is not None), None)
    if preset.whole and layer is not None:
        raise UserError(f"figure {number} takes encoders as they are, and a decoder is of {layer}: give another one")
    if number == "4" and len(encoders) < 2:
        raise UserError(f"figure 4 takes decoders of two encoders, and both are of {encoders[0]}: name another one")
    if number == "5" and len({one.layer for one in decoders}) < 2:
        raise UserError("figure 5 takes decoders of two layers of an encoder: give --encoder and --layer")


_ADVICE = {
    "photographs": "give so many",
    "decoders": "name encoders by --encoder, or files by --decoder; `likeness train decoder` makes more",
}
