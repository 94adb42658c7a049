"""Figures that decoders draw, in a file: the figure or a table of its numbers, with the record that makes it again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from explorer.science.recognition.registry import encoder_spec
from explorer.studio.catalogue.decoders import decoder_file, load_decoder, read_decoder
from explorer.studio.catalogue.encoders import present_encoders
from explorer.studio.catalogue.networks import Networks, attacked_encoder, network_sha256
from explorer.studio.corpus.decoder_table import Consume
from explorer.studio.errors import UserError
from explorer.studio.export.page import save
from explorer.studio.export.picture_grid import GridOptions, draw_grid
from explorer.studio.export.provenance import Provenance, bare_record, write_sidecar
from explorer.studio.export.tables import Row, write_table
from explorer.studio.laboratory.face_files import (
    TABLES,
    check_ending,
    drawing_record,
    face_record,
    photographs_words,
)
from explorer.studio.laboratory.figure_changes import FigureModifier, rows_of_attacks, rows_of_parts
from explorer.studio.laboratory.figure_presets import FigureSettings
from explorer.studio.laboratory.figure_rows import rows_of_clusters, rows_of_faces, rows_of_means
from explorer.studio.laboratory.figure_values import Drawn, FigureDecoder, FigureFace, check_parts
from explorer.studio.versions import versions

KIND = "decoded faces"


@dataclass(frozen=True, eq=False)
class FigureParts:
    """What a figure is made of. modifier: of figure 17."""

    settings: FigureSettings
    faces: tuple[FigureFace, ...]
    decoders: tuple[FigureDecoder, ...]
    modifier: FigureModifier | None = None


def own_decoder(encoder: str, layer: str | None = None) -> FigureDecoder:
    """The program's own decoder of an encoder, or of a layer.

    Raises:
        UserError: there is no such encoder, or no decoder; the message says how to train one.
    """
    name = attacked_encoder(encoder).id
    decoder, record = load_decoder(name, layer)
    return FigureDecoder(decoder, record, read_decoder(decoder_file(name, layer))[2])


def given_decoder(path: Path) -> FigureDecoder:
    """A decoder of a file.

    Raises:
        UserError: it cannot be read, is no decoder, or is of an encoder that is not here.
    """
    decoder, record, sha256 = read_decoder(path)
    attacked_encoder(record.settings.encoder)
    return FigureDecoder(decoder, record, sha256, path.name)


def draw_parts(networks: Networks, parts: FigureParts, consume: Consume) -> Drawn:
    """Decode what the figure shows.

    Args:
        consume: runs a search to its end (figure 6).

    Raises:
        UserError: there are too few or too many faces or decoders.
        MissingNetwork: a network is not in the cache.
    """
    settings, faces, decoders = parts.settings, parts.faces, parts.decoders
    check_parts(settings, len(faces), decoders)
    if settings.number == "12":
        return rows_of_attacks(networks, faces, decoders, settings)
    if settings.number == "14":
        return rows_of_clusters(networks, faces, decoders, settings)
    if settings.number == "15":
        return rows_of_means(networks, faces, decoders, settings)
    if settings.number == "17":
        assert parts.modifier is not None, "it was opened"
        return rows_of_parts(networks, faces, decoders, parts.modifier)
    return rows_of_faces(networks, faces, decoders, settings, consume)


def export_figure(
    path: Path, parts: FigureParts, drawn: Drawn, drawing: GridOptions | None = None
) -> tuple[Path, Path]:
    """Write the figure, which may show the photographs, or a table of its numbers; and the record beside it.

    Raises:
        UserError: another suffix, or a file cannot be written.
    """
    kind, drawing = check_ending(path), drawing or GridOptions()
    record = figure_record(parts, drawn, drawing)
    if kind in TABLES:
        return write_table(path, number_rows(parts, drawn), record)
    save(drawn_figure(parts, drawn, drawing), path, record, drawing.lettering)
    return path, write_sidecar(path, record)


def drawn_figure(parts: FigureParts, drawn: Drawn, drawing: GridOptions) -> Figure:
    """Compose the figure."""
    preset = parts.settings.preset
    said = [preset.title, preset.note, drawn.note, photographs_words([one.photograph for one in parts.faces])]
    return draw_grid(drawn.columns, drawn.rows, ". ".join(words.rstrip(".") for words in said if words) + ".", drawing)


def number_rows(parts: FigureParts, drawn: Drawn) -> list[Row]:
    """A row a number of the figure."""
    return [{"figure": parts.settings.number, "what": name, "value": value} for name, value in drawn.numbers.items()]


def figure_record(parts: FigureParts, drawn: Drawn, drawing: GridOptions) -> Provenance:
    """How the figure was made, with all that it takes to make it again; holds no embedding and no picture."""
    encoders = tuple(dict.fromkeys(one.encoder for one in parts.decoders))
    networks = {encoder_spec(one).network: network_sha256(encoder_spec(one).network) for one in encoders}
    return bare_record(
        kind=KIND,
        figure=f"figure {parts.settings.number}",
        sources=[face_record(one.photograph, one.face) for one in parts.faces],
        decoders=[_decoder_record(one) for one in parts.decoders],
        modifier=_modifier_record(parts.modifier),
        asked=parts.settings.model_dump(mode="json"),
        drawing=drawing_record(drawing),
        numbers=numbers_of(drawn),
        networks=networks | {one.name: one.sha256 for one in parts.decoders} | dict(drawn.networks),
        versions=versions({"encoders": encoders}),
    )


def _short(value: float | None) -> float | None:
    """As records hold numbers; a picture that equals another one has no finite PSNR."""
    return None if value is None or value in (float("inf"), float("-inf")) else round(value, 9)


def _decoder_record(one: FigureDecoder) -> dict[str, Any]:
    return {"encoder": one.encoder, "layer": one.layer, "sha256": one.sha256, "file": one.file}


def _modifier_record(one: FigureModifier | None) -> dict[str, str] | None:
    return None if one is None else {"sha256": one.sha256, "file": one.file}


def numbers_of(drawn: Drawn) -> dict[str, float | None]:
    """The numbers of the figure as its record holds them."""
    return {name: _short(value) for name, value in drawn.numbers.items()}


def decoded_encoders() -> list[str]:
    """The encoders that have a decoder.

    Raises:
        UserError: none has, and how to train one.
    """
    found = [name for name in present_encoders() if decoder_file(name).exists()]
    if not found:
        raise UserError("there is no decoder yet: train one with `likeness train decoder --encoder ID --work DIR`")
    return found


def usual_encoders(settings: FigureSettings) -> list[str]:
    """The encoders whose decoders draw where none is named: all that have one, as far as the figure takes them.

    Raises:
        UserError: none has, and how to train one.
    """
    preset = settings.preset
    return decoded_encoders()[: 1 if preset.one_encoder else preset.decoders[1]]


def for_decoders(settings: FigureSettings, decoders: Sequence[FigureDecoder]) -> FigureSettings:
    """The settings with what they take from decoders: the search of figure 6 is of the first one's encoder."""
    if settings.number != "6":
        return settings
    search = settings.search.model_copy(update={"encoder": decoders[0].encoder})
    return settings.model_copy(update={"search": search})


def decoders_named(encoders: Sequence[str], layer: str | None, files: Sequence[Path]) -> tuple[FigureDecoder, ...]:
    """The decoders of encoders, of a layer beside the first encoder's own, and of files.

    Raises:
        UserError: one of them is not there.
    """
    own = [own_decoder(one) for one in encoders]
    if layer is not None:
        own += [own_decoder(one, layer) for one in encoders]
    return (*own, *(given_decoder(path) for path in files))
