"""Handlers of the laboratory's panel: rows, one face after another, and the files of rows. Keeps nothing of faces."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from pathlib import Path

from explorer.science.iteration import Steps
from explorer.studio.catalogue.decoders import find_decoder, missing_decoder
from explorer.studio.catalogue.encoders import present_encoders
from explorer.studio.catalogue.modifiers import load_modifier
from explorer.studio.engine.device import Device
from explorer.studio.engine.protocol import Control, Handler
from explorer.studio.engine.reports import Progress, Report
from explorer.studio.engine.requests import Request
from explorer.studio.laboratory.requests import (
    DecodeEmbedding,
    EmbeddingDecoded,
    ExportLaboratory,
    LaboratoryExported,
    ProtectVectors,
    RowMade,
    RowsMade,
    RunLaboratory,
    VectorsProtected,
)
from explorer.studio.laboratory.row_making import RowWanted, known_embeddings, make_row


def handlers(device: Device) -> Mapping[type[Request], Handler]:
    """The handlers by request."""
    return LaboratoryHandlers(device).table()


class LaboratoryHandlers:
    """Makes rows and writes them."""

    def __init__(self, device: Device) -> None:
        self._device = device

    def table(self) -> Mapping[type[Request], Handler]:
        """The handlers by request."""
        return {
            RunLaboratory: self.run,
            ExportLaboratory: self.export,
            DecodeEmbedding: self.decode,
            ProtectVectors: self.protect,
        }

    def run(self, request: RunLaboratory, control: Control) -> Generator[Report, None, RowsMade]:
        """Make a row for each face, in their order."""
        total = len(request.faces)
        yield Progress("looking for the encoders", 0, total, "faces")
        encoders = present_encoders()
        earlier = {row.key: known_embeddings(row) for row in request.earlier}
        for number, whose in enumerate(request.faces):
            wanted = RowWanted(whose, request.choice, request.encoder, encoders, request.aim, earlier.get(whose.key))
            which = "" if total == 1 else f"face {number + 1} of {total}, "
            making = Steps(make_row(self._device.networks(control), wanted))
            for words in making:
                yield Progress(f"{which}{words}", number, total, "faces")
                # Others may have had their turn meanwhile: say again whose progress it is.
                self._device.networks(control)
            yield RowMade(making.result)
        return RowsMade(total)

    def decode(self, request: DecodeEmbedding, control: Control) -> Generator[Report, None, EmbeddingDecoded]:
        """Draw an embedding at one stroke, or say how there comes to be a decoder."""
        import torch

        from explorer.science.inversion.step import to_uint8

        yield Progress("decoding")
        decoder = find_decoder(request.encoder)
        if decoder is None:
            return EmbeddingDecoded(request.vector, None, missing_decoder(request.encoder))
        picture = to_uint8(decoder.picture(torch.from_numpy(request.vector).float()))
        return EmbeddingDecoded(request.vector, picture)

    def protect(self, request: ProtectVectors, control: Control) -> Generator[Report, None, VectorsProtected]:
        """Take an attribute out of many embeddings, and write them with their record."""
        from explorer.studio.laboratory.modified_files import write_protected
        from explorer.studio.laboratory.modifying import How, protected

        yield Progress(f"writing {request.path.name}")
        file = Path(request.modifier) if request.modifier else None
        modifier = load_modifier(request.encoder, request.choice.attribute, file)
        how = How(request.choice.method)
        made = protected(modifier, request.names, request.sha256s, request.vectors, how)
        paths = write_protected(request.path, made, modifier, how)
        return VectorsProtected(paths, modifier.record.attribute, made.cosines)

    def export(self, request: ExportLaboratory, control: Control) -> Generator[Report, None, LaboratoryExported]:
        """Write rows and their record."""
        from explorer.studio.laboratory.row_export import export_rows  # brings matplotlib

        yield Progress(f"writing {request.path.name}")
        return LaboratoryExported(export_rows(request.path, request.rows, request.what, mark=request.mark))
