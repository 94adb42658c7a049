"""The figures of the Deep Face Decoder that decoders draw: what each shows, and what it takes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from explorer.science.decoding.network import FaceDecoder
from explorer.science.decoding.record import DecoderRecord
from explorer.science.faces.face import Face, Photograph
from explorer.science.recognition.tapping import tapped_id
from explorer.studio.catalogue.decoders import decoder_file
from explorer.studio.errors import UserError
from explorer.studio.export.picture_grid import Cell
from explorer.studio.laboratory.figure_presets import FigureSettings


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
