"""One vector read three ways, in a file: a table (CSV or Parquet) or a figure, with a record in it or beside it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from explorer.science.leakage.edits import VectorEdit
from explorer.science.leakage.labels import NETWORKS
from explorer.science.leakage.picture_readout import PictureReadout
from explorer.studio import catalogue
from explorer.studio.catalogue import probes as probing
from explorer.studio.catalogue.reconstructions import picture_calibrations_file
from explorer.studio.export.drawings import ReadoutsSpec
from explorer.studio.export.page import save
from explorer.studio.export.provenance import Provenance, bare_record, source_record, write_sidecar
from explorer.studio.export.tables import Row, write_table
from explorer.studio.faces.values import Edits
from explorer.studio.inversion.record import InversionRun
from explorer.studio.leakage.export import as_rows, check_ending, own_files, part_of, reading_parts
from explorer.studio.leakage.readings import FaceRead
from explorer.studio.leakage.reconstructing import Subject
from explorer.studio.leakage.reconstructions import ThreeReadings
from explorer.studio.leakage.three_ways_figure import draw_three_ways
from explorer.studio.origins import plugins_among
from explorer.studio.versions import versions

KIND = "readings three ways"
VECTOR, RECONSTRUCTION, PHOTOGRAPH = "vector probe", "reconstruction", "photograph"


def export_three_ways(
    path: Path, three: ThreeReadings, subject: Subject, drawing: ReadoutsSpec | None = None
) -> tuple[Path, Path]:
    """Write readings, and their record beside them.

    Args:
        path: its suffix says CSV, Parquet, PNG, SVG or PDF. subject: what was read.
        drawing: how a figure is drawn; only where it says so, it shows the photograph, which is biometric data.

    Raises:
        UserError: another suffix, or a file cannot be written.
    """
    kind = check_ending(path)
    drawing = drawing or ReadoutsSpec()
    record = three_ways_record(three, subject, drawing)
    if kind in (".csv", ".parquet"):
        return write_table(path, three_ways_rows(three), record)
    figure = draw_three_ways(
        three,
        sha256=subject.record.sha256,
        source=subject.frame if drawing.source else None,
        width=drawing.width,
        dpi=drawing.dpi,
    )
    save(figure, path, record, drawing.lettering)
    return path, write_sidecar(path, record)


def three_ways_rows(three: ThreeReadings) -> list[Row]:
    """One row a number: what the probes say as `as_rows` has it, then what the labellers see.

    `low` and `high` bound the 95 % interval by the runs, `spread` is their standard deviation, `agreement` the share of
    them that shows the class that is named, `pictures` how many show a face; null where it has no meaning.
    """
    read = FaceRead("", three.vector.encoder, Edits(), three.vector, three.vector)
    rows: list[Row] = [{**row, "subject": VECTOR} for row in as_rows(read)]
    for where, readouts in ((RECONSTRUCTION, three.reconstruction.readouts), (PHOTOGRAPH, three.photograph)):
        for one in readouts:
            rows += [_row(where, three.vector.encoder, one, number) for number in _numbers(one)]
    return rows


_Number = tuple[str, str, float, float | None, float | None, float | None]


def _row(where: str, encoder: str, one: PictureReadout, number: _Number) -> Row:
    part, unit, said, low, high, spread = number
    return {
        "subject": where,
        "encoder": encoder,
        "probe": one.probe,
        "part": part or None,
        "unit": unit,
        "read": said,
        "portraits_value": None if one.portraits is None else one.portraits.value,
        "portraits_chance": None if one.portraits is None else one.portraits.chance,
        "labeller": one.labeller,
        "calibrated_on": one.calibrated_on or None,
        "low": low,
        "high": high,
        "spread": spread,
        "agreement": one.agreement,
        "pictures": one.pictures,
    }


def _numbers(one: PictureReadout) -> Iterator[_Number]:
    """Part, unit, what is read, its interval and its spread."""
    for name, probability in one.probabilities.items():
        low, high = one.interval_of(name) or (None, None)
        yield name, "probability", probability, low, high, None
    if isinstance(one.value, float):
        low, high = one.interval or (None, None)
        yield "", one.unit, one.value, low, high, one.spread if isinstance(one.spread, float) else None
    elif isinstance(one.value, np.ndarray):
        for place in np.ndindex(one.value.shape):
            part, unit = part_of(one.probe, place)
            spread = float(one.spread[place]) if isinstance(one.spread, np.ndarray) else None
            yield part, unit, float(one.value[place]), None, None, spread


def picture_record(one: PictureReadout) -> dict[str, Any]:
    """A reading of pictures as JSON takes it; whatever has no meaning for its kind is null."""
    value, spread = ((part.tolist() if isinstance(part, np.ndarray) else part) for part in (one.value, one.spread))
    return {
        "probe": one.probe,
        "answer": one.text,
        "value": value,
        "unit": one.unit or None,
        "probability": one.probability,
        "probabilities": dict(one.probabilities) or None,
        "agreement": one.agreement,
        "interval": None if one.interval is None else list(one.interval),
        "spread": spread,
        "pictures": one.pictures,
        "tells": one.tells,
        "portraits": None if one.portraits is None else one.portraits.model_dump(mode="json"),
        "labeller": one.labeller,
        "calibrated_on": one.calibrated_on or None,
    }


def picture_summary(one: PictureReadout) -> dict[str, Any]:
    """A reading of pictures without landmarks and histograms, for a record."""
    value = None if isinstance(one.value, np.ndarray) else one.value
    interval = None if one.interval is None else list(one.interval)
    return {
        "probe": one.probe,
        "answer": value,
        "probability": one.probability,
        "interval": interval,
        "agreement": one.agreement,
        "pictures": one.pictures,
        "tells": one.tells,
    }


def three_ways_record(three: ThreeReadings, subject: Subject, drawing: ReadoutsSpec) -> Provenance:
    """How readings were made, with all that it takes to make them again.

    Holds no embedding, no latent, no landmark but the five points, and no picture.
    """
    from explorer.studio.leakage.export import summary

    target, runs = subject.record, three.reconstruction.runs
    edit = target.vector_edit or VectorEdit()
    return bare_record(
        kind=KIND,
        encoder=target.encoder,
        source=source_record(target.name, target.sha256),
        of=target.kind,
        origin=subject.origin,
        points=target.points,
        points_by_hand=target.points_by_hand,
        vector_edit=edit.model_dump(mode="json") if edit.changes else None,
        inversions=[_inversion(run) for run in runs],
        without_face=three.reconstruction.without_face,
        drawing=drawing.model_dump(mode="json"),
        readouts={
            VECTOR: [dict(summary(one)) for one in three.vector.readouts],
            RECONSTRUCTION: [picture_summary(one) for one in three.reconstruction.readouts],
            PHOTOGRAPH: [picture_summary(one) for one in three.photograph],
        },
        device=runs[0].device if runs else "",
        networks=_networks(three),
        versions=_versions(three),
    )


def _versions(three: ThreeReadings) -> dict[str, str]:
    """Versions of now, and of the plug-ins that took part in the runs."""
    known = versions(reading_parts(three.vector.encoder, [three.vector]))
    for run in three.reconstruction.runs:
        known |= plugins_among(run.versions)
    return known


def _inversion(run: InversionRun) -> dict[str, Any]:
    """One run. steered: whether its settings alone do not lead there, as weights were moved or its user stopped it."""
    return {
        "settings": run.settings.model_dump(mode="json"),
        "latent_sha256": run.latent_sha256,
        "steered": bool(run.weight_changes) or run.branch is not None or run.stopped_by == "user",
    }


def _networks(three: ThreeReadings) -> dict[str, str]:
    """sha256 of every network and file of numbers that took part."""
    encoder = three.vector.encoder
    found = {id_: digest for run in three.reconstruction.runs for id_, digest in run.networks.items()}
    found |= {id_: catalogue.sha256(id_) for id_ in NETWORKS}
    made = picture_calibrations_file(encoder)
    if made.exists():
        found[made.stem] = hashlib.sha256(made.read_bytes()).hexdigest()
    return found | (own_files([three.vector], encoder) if probing.probes_in_use(encoder).exists() else {})
