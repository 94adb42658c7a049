"""Handlers of the probe panel: what an embedding tells, what an inversion of it tells, and both in a file."""

from __future__ import annotations

from collections.abc import Generator, Mapping

from explorer.science.evaluation.scoring import embed_face
from explorer.science.leakage.read import ProbeSet
from explorer.studio.catalogue import MissingNetwork
from explorer.studio.catalogue.debiased_encoders import made_of
from explorer.studio.catalogue.probes import load_probes
from explorer.studio.engine.device import Device
from explorer.studio.engine.protocol import Control, Handler
from explorer.studio.engine.reports import Progress, Report
from explorer.studio.engine.requests import Request
from explorer.studio.errors import Cancelled, UserError
from explorer.studio.export.drawings import ReadoutsSpec
from explorer.studio.faces.edits import altered_photograph, altered_vector
from explorer.studio.leakage.reading import compared, read_picture, read_vector
from explorer.studio.leakage.readings import FaceRead, Reading, ResultRead
from explorer.studio.leakage.reconstructing import held_against
from explorer.studio.leakage.reconstructions import PhotographRead, PictureRead
from explorer.studio.leakage.requests import (
    ExportReadings,
    ExportThreeWays,
    ReadFace,
    ReadingsExported,
    ReadPhotograph,
    ReadPicture,
    ReadResult,
)
from explorer.studio.leakage.seeing import read_photograph_itself, reconstruction_of, see_picture


def handlers(device: Device) -> Mapping[type[Request], Handler]:
    """The handlers by request."""
    return ProbeHandlers(device).table()


class ProbeHandlers:
    """Reads faces and inversions. Keeps nothing of them."""

    def __init__(self, device: Device) -> None:
        self._device = device

    def table(self) -> Mapping[type[Request], Handler]:
        """The handlers by request."""
        return {
            ReadFace: self.read_face,
            ReadResult: self.read_result,
            ReadPhotograph: self.read_photograph,
            ReadPicture: self.read_picture,
            ExportReadings: self.export,
            ExportThreeWays: self.export_three,
        }

    def read_face(self, request: ReadFace, control: Control) -> Generator[Report, None, FaceRead]:
        """Read the embedding as it is and, where it or its photograph is edited, altered."""
        yield Progress("reading what the embedding tells")
        networks, encoder, edits = self._device.networks(control), request.encoder, request.edits
        origin = request.origin
        probes, missing = _probes(encoder)
        before = now = request.before or read_vector(networks, probes, encoder, request.vector, request.frame, origin)
        if edits.changes:
            vector, frame = request.vector, request.frame
            if edits.picture.changes and request.photograph is not None and request.face is not None:
                yield Progress("embedding the edited photograph")
                networks = self._device.networks(control)
                vector, frame = altered_photograph(networks, encoder, request.photograph, request.face, edits.picture)
            yield Progress("reading what the altered embedding tells")
            networks = self._device.networks(control)
            now = read_vector(networks, probes, encoder, altered_vector(vector, edits.vector), frame, origin)
            now = compared(networks, now, request.vector, attacked="")
        undebiased = None if missing or edits.changes else self._undebiased(request, control)
        return FaceRead(request.key, encoder, edits, before, now, missing, origin, undebiased)

    def _undebiased(self, request: ReadFace, control: Control) -> Reading | None:
        """What the encoder tells of a face that a debiased one was made of."""
        encoder = made_of(request.encoder)
        probes = None if encoder is None else _probes(encoder)[0]
        if encoder is None or probes is None or request.photograph is None or request.face is None:
            return None
        networks = self._device.networks(control)
        vector = embed_face(networks.recogniser(encoder), request.photograph, request.face).numpy()
        return read_vector(networks, probes, encoder, vector, origin=request.origin)

    def read_result(self, request: ReadResult, control: Control) -> Generator[Report, None, ResultRead]:
        """Find the face in the picture again, as scoring does, embed it and read that."""
        yield Progress("looking for the face in the inversion")
        encoder, networks = request.encoder, self._device.networks(control)
        probes, _ = _probes(encoder)

        def proceed() -> None:
            if control.should_stop():
                raise Cancelled("stopped while looking for the face in the inversion")

        faces = networks.detector().detect(request.image, proceed=proceed)
        if not faces:
            remark = "No face was found in the inversion, so nothing can be read from it."
            return ResultRead(request.run_key, request.picture, encoder, None, remark)
        yield Progress("reading what the inversion tells")
        networks = self._device.networks(control)
        found = faces[0]
        reading = read_picture(networks, probes, encoder, request.image, found, request.target, request.attacked)
        return ResultRead(request.run_key, request.picture, encoder, reading)

    def read_photograph(self, request: ReadPhotograph, control: Control) -> Generator[Report, None, PhotographRead]:
        """Label the face of a photograph."""
        yield Progress("reading what the photograph shows")
        try:
            labellers = self._device.networks(control).labellers()
        except MissingNetwork as error:
            return PhotographRead(request.key, (), f"The photograph is not read: {error}")
        return PhotographRead(request.key, read_photograph_itself(labellers, request.photograph, request.face))

    def read_picture(self, request: ReadPicture, control: Control) -> Generator[Report, None, PictureRead]:
        """Find the face in the picture again, as scoring does, and label it."""
        yield Progress("reading what was reconstructed")
        networks = self._device.networks(control)
        try:
            labellers = networks.labellers()
        except MissingNetwork as error:
            return PictureRead(request.run_key, request.picture, None, f"The reconstruction is not read: {error}")

        def proceed() -> None:
            if control.should_stop():
                raise Cancelled("stopped while looking for the face in the reconstruction")

        seen = see_picture(networks, labellers, request.image, proceed)
        made = held_against(reconstruction_of([seen], request.encoder), request.landmarks, request.histogram)
        remark = "" if seen is not None else "No face was found in the picture, so nothing can be read off it."
        return PictureRead(request.run_key, request.picture, made, remark)

    def export(self, request: ExportReadings, control: Control) -> Generator[Report, None, ReadingsExported]:
        """Write a table or a figure, and its record beside it."""
        from explorer.studio.inversion.provenance import step_record
        from explorer.studio.leakage.export import export_readings

        yield Progress(f"writing {request.path.name}")
        of = request.of
        paths = export_readings(
            request.path,
            request.read,
            request.result,
            name=of.name,
            sha256=of.sha256,
            face=of.face,
            inversion=None if of.run is None else step_record(of.run, of.step),
            guided=of.guided,
            drawing=ReadoutsSpec(source=request.with_source),
        )
        return ReadingsExported(paths)

    def export_three(self, request: ExportThreeWays, control: Control) -> Generator[Report, None, ReadingsExported]:
        """Write a table or a figure of readings three ways, and its record."""
        from explorer.studio.leakage.three_ways_export import export_three_ways

        yield Progress(f"writing {request.path.name}")
        drawing = ReadoutsSpec(source=request.with_source)
        return ReadingsExported(export_three_ways(request.path, request.three, request.subject, drawing))


def _probes(encoder: str) -> tuple[ProbeSet | None, str]:
    """The probes of an encoder, or why there are none."""
    try:
        return load_probes(encoder), ""
    except UserError as error:
        return None, str(error)
