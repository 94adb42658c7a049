"""An embedding in a file, with the record beside it of the face that it is of."""

from __future__ import annotations

import hashlib
from pathlib import Path

from explorer.science.faces.face import Face, Photograph
from explorer.science.recognition.registry import encoder_spec
from explorer.studio import catalogue
from explorer.studio.export.provenance import bare_record, source_record, write_sidecar
from explorer.studio.faces.template_record import ChangedRecord, TemplateRecord
from explorer.studio.faces.vector_record import FILE_SHA256
from explorer.studio.faces.vectors import Vector, write_vector
from explorer.studio.versions import versions


def export_vector(path: Path, vector: Vector, encoder: str, photograph: Photograph, face: Face) -> tuple[Path, Path]:
    """Write an embedding (D,) of a photograph's face, and its record beside it.

    Raises:
        UserError: another suffix, or a file cannot be written.
    """
    network = encoder_spec(encoder).network
    written = write_vector(path, vector, encoder)
    file_sha256 = hashlib.sha256(written.read_bytes()).hexdigest()
    record = bare_record(
        kind="embedding",
        source=source_record(photograph.name, photograph.sha256),
        encoder=encoder,
        dimension=len(vector),
        points=face.points.tolist(),
        points_by_hand=face.by_hand,
        networks={network: catalogue.sha256(network)},
        versions=versions({"encoders": (encoder,)}),
        **{FILE_SHA256: file_sha256},
    )
    return written, write_sidecar(path, record)


def export_bare_vector(path: Path, vector: Vector, encoder: str, name: str, sha256: str) -> tuple[Path, Path]:
    """Write an embedding (D,) that came from a file of its own, and its record beside it.

    Args:
        name, sha256: of that file.

    Raises:
        UserError: as `export_vector`.
    """
    written = write_vector(path, vector, encoder)
    record = bare_record(
        kind="bare embedding",
        source=source_record(name, sha256),
        encoder=encoder,
        dimension=len(vector),
        versions=versions({"encoders": (encoder,)}),
        **{FILE_SHA256: hashlib.sha256(written.read_bytes()).hexdigest()},
    )
    return written, write_sidecar(path, record)


def export_template(path: Path, vector: Vector, encoder: str, template: TemplateRecord) -> tuple[Path, Path]:
    """Write the average (D,) of several faces' embeddings, and beside it of how many faces it is, and of which.

    Raises:
        UserError: as `export_vector`.
    """
    return _export_made(path, vector, encoder, "template", template)


def export_changed(path: Path, vector: Vector, encoder: str, changed: ChangedRecord) -> tuple[Path, Path]:
    """Write the embedding (D,) of a face that was changed, and beside it what was done to which face.

    Raises:
        UserError: as `export_vector`.
    """
    return _export_made(path, vector, encoder, "changed embedding", changed)


def _export_made(
    path: Path, vector: Vector, encoder: str, kind: str, made: TemplateRecord | ChangedRecord
) -> tuple[Path, Path]:
    network = encoder_spec(encoder).network
    written = write_vector(path, vector, encoder)
    record = bare_record(
        kind=kind,
        encoder=encoder,
        dimension=len(vector),
        **made.exported(),
        networks={network: catalogue.sha256(network)},
        versions=versions({"encoders": (encoder,)}),
        **{FILE_SHA256: hashlib.sha256(written.read_bytes()).hexdigest()},
    )
    return written, write_sidecar(path, record)
