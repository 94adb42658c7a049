"""Handlers for photographs, faces and embeddings."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence

from explorer.science.evaluation.scoring import embed_face
from explorer.science.faces.alignment import crop_frame
from explorer.science.faces.choosing import choose_face, is_usable
from explorer.science.faces.face import Face, FaceError, Photograph
from explorer.science.faces.reading import read_file, read_photograph
from explorer.science.names import name_of
from explorer.science.recognition.registry import ENCODERS, encoder_spec
from explorer.studio.arrays import Vector
from explorer.studio.catalogue.encoders import missing_encoders, missing_words, present_encoders
from explorer.studio.engine.device import Device
from explorer.studio.engine.protocol import Control, Handler
from explorer.studio.engine.reports import EncodersMissing, Progress, Report
from explorer.studio.engine.requests import Request
from explorer.studio.errors import Cancelled, UserError
from explorer.studio.faces.requests import (
    CompareAll,
    EmbeddingExported,
    EmbedFace,
    ExportEmbedding,
    FaceEmbedded,
    ForgetFace,
    OpenPhotographs,
    OpenVector,
    PhotographOpened,
    PhotographRefused,
    Source,
    VectorOpened,
)
from explorer.studio.faces.similarity import similarity_tables
from explorer.studio.faces.stages import Stages, face_key, photograph_key
from explorer.studio.faces.thumbnails import overview, thumbnail
from explorer.studio.faces.values import SimilarityTable, SimilarityTables
from explorer.studio.faces.vectors import read_vector
from explorer.studio.outputs import result_files


def handlers(device: Device) -> Mapping[type[Request], Handler]:
    """The handlers by request."""
    return FaceHandlers(device).table()


class FaceHandlers:
    """Opens photographs, embeds their faces and compares them; keeps what was made in stages."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self.stages = Stages()

    def table(self) -> Mapping[type[Request], Handler]:
        """The handlers by request."""
        return {
            OpenPhotographs: self.open_photographs,
            OpenVector: self.open_vector,
            EmbedFace: self.embed_face,
            ForgetFace: self.forget_face,
            CompareAll: self.compare_all,
            ExportEmbedding: self.export_embedding,
        }

    def open_photographs(self, request: OpenPhotographs, control: Control) -> Generator[Report, None, None]:
        """Read each photograph and find its faces; one that cannot be used does not spoil the others."""
        total = len(request.sources)
        for done, source in enumerate(request.sources):
            yield Progress(f"reading {source.name}", done, total, "photographs")
            try:
                photograph = _read(source)
            except (FaceError, UserError, OSError) as error:
                yield PhotographRefused(source.name, _line(error, source))
                continue
            yield Progress(f"looking for faces in {source.name}", done + 0.5, total, "photographs")
            yield self._opened(photograph, control)

    def _opened(self, photograph: Photograph, control: Control) -> PhotographOpened:
        detector = self._device.networks(control).detector()
        pixels = photograph.pixels

        def proceed() -> None:
            if control.should_stop():
                raise Cancelled(f"stopped while looking for faces in {photograph.name}")

        found = self.stages.once(
            "detect", photograph_key(photograph), lambda: tuple(detector.detect(pixels, proceed=proceed))
        )
        faces = tuple(face for face in found if is_usable(face))
        pictures = tuple(thumbnail(pixels, face) for face in faces)
        return PhotographOpened(photograph, faces, pictures, overview(pixels), _why_no_face(photograph, found))

    def open_vector(self, request: OpenVector, control: Control) -> Generator[Report, None, VectorOpened]:
        """Read a bare embedding."""
        yield Progress(f"reading {request.path.name}")
        vector, sha256 = read_vector(request.path, encoder_spec(request.encoder).dimension, request.encoder)
        return VectorOpened(name_of(request.path), sha256, request.encoder, vector)

    def embed_face(self, request: EmbedFace, control: Control) -> Generator[Report, None, FaceEmbedded]:
        """Cut a face's frame out of its photograph and embed it under every encoder that is here, each at most once."""
        photograph, face = request.photograph, request.face
        key = face_key(photograph, face)
        frame = self.stages.once("align", key, lambda: crop_frame(photograph, face).frame)
        encoders, missing = present_encoders(), missing_encoders()
        if missing:
            yield EncodersMissing(missing_words(missing))
        vectors: dict[str, Vector] = {}
        for done, encoder in enumerate(encoders):
            yield Progress(f"embedding with {encoder}", done, len(encoders), "encoders")
            vectors[encoder] = self._embedding(encoder, photograph, face, control)
        return FaceEmbedded(request.face_key, frame, thumbnail(photograph.pixels, face), vectors)

    def _embedding(self, encoder: str, photograph: Photograph, face: Face, control: Control) -> Vector:
        def embed() -> Vector:
            recogniser = self._device.networks(control).recogniser(encoder)
            vector: Vector = embed_face(recogniser, photograph, face).numpy()
            return vector

        return self.stages.once(f"embed {encoder}", face_key(photograph, face), embed)

    def forget_face(self, request: ForgetFace, control: Control) -> Generator[Report, None, None]:
        """Drop what was made from a face, or from its whole photograph."""
        sha256, face = request.photograph_sha256, request.face
        self.stages.forget((sha256,) if face is None else (sha256, face.points.tobytes()))
        yield Progress("forgotten")

    def compare_all(self, request: CompareAll, control: Control) -> Generator[Report, None, SimilarityTables]:
        """Compare all embeddings of each encoder with each other, in that encoder's measure."""
        tables: dict[str, SimilarityTable] = {}
        for encoder, table in similarity_tables(self._device.networks(control), request.vectors):
            yield Progress(f"comparing under {encoder}", len(tables), len(ENCODERS.names()), "encoders")
            tables[encoder] = table
        return SimilarityTables(tables)

    def export_embedding(
        self, request: ExportEmbedding, control: Control
    ) -> Generator[Report, None, EmbeddingExported]:
        """Write an embedding as `likeness embed` does."""
        from explorer.studio.faces.vector_export import export_bare_vector, export_vector

        yield Progress(f"writing {request.path.name}")
        first, second = request.of
        with result_files(request.path) as result:
            place = result.folder / request.path.name
            if isinstance(first, Photograph):
                assert isinstance(second, Face)
                written = export_vector(place, request.vector, request.encoder, first, second)
            else:
                written = export_bare_vector(place, request.vector, request.encoder, first, str(second))
        return EmbeddingExported(tuple(request.path.parent / one.name for one in written))


def _read(source: Source) -> Photograph:
    if source.path is not None:
        return read_file(source.path)
    return read_photograph(source.data or b"", source.name)


def _why_no_face(photograph: Photograph, found: Sequence[Face]) -> str:
    try:
        choose_face(photograph, found)
    except FaceError as error:
        return str(error)
    return ""


def _line(error: Exception, source: Source) -> str:
    if isinstance(error, OSError):
        return f"{source.name}: {error.strerror or error}"
    return str(error)
