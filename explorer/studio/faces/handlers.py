"""Handlers for photographs, faces and embeddings."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from pathlib import Path

from explorer.science.errors import LikenessError
from explorer.science.evaluation.scoring import embed_face
from explorer.science.faces.alignment import crop_frame
from explorer.science.faces.choosing import choose_face, is_usable
from explorer.science.faces.face import Face, FaceError, Photograph
from explorer.science.names import name_of
from explorer.science.recognition.registry import ENCODERS, encoder_spec
from explorer.studio import catalogue
from explorer.studio.arrays import Vector
from explorer.studio.catalogue.encoders import missing_encoders, missing_words, present_encoders
from explorer.studio.engine.device import Device
from explorer.studio.engine.protocol import Control, Handler
from explorer.studio.engine.reports import EncodersMissing, Progress, Report
from explorer.studio.engine.requests import Request
from explorer.studio.errors import Cancelled, UserError, explain
from explorer.studio.export.generated import open_picture, picture_in
from explorer.studio.faces.requests import (
    CompareAll,
    EmbeddingExported,
    EmbedFace,
    ExportEmbedding,
    FaceEmbedded,
    ForgetFace,
    OpenPhotographs,
    OpenVectors,
    PhotographOpened,
    PhotographRefused,
    Source,
    VectorOpened,
    VectorsOpened,
)
from explorer.studio.faces.similarity import similarity_tables
from explorer.studio.faces.stages import Stages, face_key, photograph_key
from explorer.studio.faces.thumbnails import overview, thumbnail
from explorer.studio.faces.values import SimilarityTable, SimilarityTables, UnnamedVector
from explorer.studio.faces.vector_encoder import UnnamedEncoderError, encoders_of, likeliest, of_encoder
from explorer.studio.faces.vectors import StoredVector, load_vector
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
            OpenVectors: open_vectors,
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

        # Another network may have been imported under the name since.
        which = catalogue.sha256(encoder_spec(encoder).network)
        return self.stages.once(f"embed {encoder} {which[:16]}", face_key(photograph, face), embed)

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
        from explorer.studio.faces.vector_export import (
            export_bare_vector,
            export_changed,
            export_template,
            export_vector,
        )

        yield Progress(f"writing {request.path.name}")
        first, second = request.of
        with result_files(request.path) as result:
            place = result.folder / request.path.name
            if request.template is not None:
                written = export_template(place, request.vector, request.encoder, request.template)
            elif request.changed is not None:
                written = export_changed(place, request.vector, request.encoder, request.changed)
            elif isinstance(first, Photograph):
                assert isinstance(second, Face)
                written = export_vector(place, request.vector, request.encoder, first, second)
            else:
                written = export_bare_vector(place, request.vector, request.encoder, first, str(second))
        return EmbeddingExported(tuple(request.path.parent / one.name for one in written))


def open_vectors(request: OpenVectors, control: Control) -> Generator[Report, None, VectorsOpened]:
    """Read bare embeddings; one that cannot be used does not spoil the others."""
    opened: list[VectorOpened] = []
    unnamed: list[UnnamedVector] = []
    refused: list[str] = []
    for done, path in enumerate(request.paths):
        yield Progress(f"reading {name_of(path)}", done, len(request.paths), "embeddings")
        try:
            stored = load_vector(path)
            found = of_encoder(stored, request.encoder)
        except UnnamedEncoderError:
            unnamed.append(_unnamed(path, stored))
        except (LikenessError, OSError) as error:
            refused.append(explain(error) or f"{path.name}: {error}")
        else:
            opened.append(VectorOpened(found.name, found.sha256, found.encoder, found.vector, found.remarks))
    return VectorsOpened(tuple(opened), tuple(unnamed), tuple(refused))


def _unnamed(path: Path, stored: StoredVector) -> UnnamedVector:
    dimension = len(stored.vector)
    encoders = tuple((spec.id, spec.title) for spec in encoders_of(dimension))
    return UnnamedVector(path, dimension, stored.norm, encoders, likeliest(stored))


def _read(source: Source) -> Photograph:
    if source.path is not None:
        return open_picture(source.path)
    return picture_in(source.data or b"", source.name)


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
