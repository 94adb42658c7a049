"""What came of the ways of one vector in a file: a figure or a table, with a record of how they were gone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from explorer.science.inversion.settings import InversionSettings
from explorer.science.inversion.terms import default_weights
from explorer.studio.errors import UserError
from explorer.studio.export.page import FORMATS, save
from explorer.studio.export.picture_grid import GridOptions
from explorer.studio.export.provenance import Provenance, bare_record, source_record, write_sidecar
from explorer.studio.export.tables import KINDS, Row, write_table
from explorer.studio.inversion.values import RunTarget
from explorer.studio.methods.comparing import ComparedFaces, MethodRow, MethodsCompared
from explorer.studio.methods.figure import ComparedVector, held_out_mean, methods_figure
from explorer.studio.methods.made_faces import MadeFace
from explorer.studio.methods.values import WaySeen
from explorer.studio.reproducing.kinds import command_record
from explorer.studio.versions import versions

SUFFIXES = (*(f".{kind}" for kind in FORMATS), *KINDS)


def export_ways(
    path: Path,
    target: RunTarget,
    settings: InversionSettings,
    seen: Sequence[WaySeen],
    *,
    with_source: bool = False,
    mark: bool = True,
) -> tuple[Path, Path]:
    """Write what came of the ways, and the record beside it.

    Args:
        path: its suffix says PNG, SVG or PDF of a figure, CSV or Parquet of a table.
        with_source: whether the figure shows the photograph, which is biometric data. mark: whether reconstructions
            say that they are.

    Raises:
        UserError: another suffix, or a file cannot be written.
        ValueError: no way made a face.
    """
    kind = path.suffix.lower()
    if kind not in SUFFIXES:
        raise UserError(f"{path.name}: the ways are written as {', '.join(SUFFIXES)}; choose one of these endings")
    about = bare_record(
        kind="ways of inversion side by side",
        source=_source(target),
        settings_of_search=settings.model_dump(mode="json"),
        ways=[one.row.model_dump(mode="json") for one in seen],
        versions=versions(),
        mark=mark,
        **_again(target, settings, [one.row.way for one in seen]),
    )
    if kind in KINDS:
        return write_table(path, table_rows([one.row for one in seen]), about)
    compared = MethodsCompared(target=target.record, settings=settings, rows=[one.row for one in seen])
    faces = {
        one.row.way: MadeFace(one.picture, one.row.seconds or 0.0, one.row.queries, one.row.steps)
        for one in seen
        if one.picture is not None
    }
    shown = ComparedVector(ComparedFaces(compared, faces), target.frame if with_source else None)
    save(methods_figure([shown], GridOptions(mark=mark)), path, about)
    return path, write_sidecar(path, about)


def way_record(
    target: RunTarget, settings: InversionSettings, seen: WaySeen, *, picture: str, mark: bool
) -> Provenance:
    """How one way's picture was made, for whoever finds it. picture: title of the view that shows it."""
    return bare_record(
        kind="way of inversion",
        picture=picture,
        mark=mark,
        source=_source(target),
        settings_of_search=settings.model_dump(mode="json"),
        way=seen.row.model_dump(mode="json"),
        **_again(target, settings, [seen.row.way]),
    )


def table_rows(rows: Sequence[MethodRow]) -> list[Row]:
    """A row a way: what it took, what each encoder says, what is read; a line in `lacking` where it made no face."""
    table: list[Row] = []
    for row in rows:
        line: dict[str, Any] = {
            "way": row.way,
            "title": row.title,
            "source": row.source,
            "seconds": row.seconds,
            "steps": row.steps,
            "queries": row.queries,
            "side": row.side or None,
            "face_found": row.face_found if row.seconds is not None else None,
            "held_out_mean": held_out_mean(row.scores),
        }
        for score in row.scores:
            line[f"{score.encoder}_{score.measure}"] = score.score
            line[f"{score.encoder}_rank"] = score.rank
        table.append({**line, **row.readings, "lacking": row.lacking or None})
    return table


def _source(target: RunTarget) -> dict[str, Any]:
    return {
        **target.record.model_dump(mode="json", exclude_none=True),
        **source_record(target.record.name, target.record.sha256),
    }


def _again(target: RunTarget, settings: InversionSettings, ways: Sequence[str]) -> dict[str, Any]:
    """The command that goes the ways again; none of an altered vector, or of points by hand, which are in no file."""
    if target.record.alterations or target.record.points_by_hand:
        return {}
    usual = default_weights()
    given = settings.model_dump(exclude_defaults=True, exclude={"weights", "encoder"})
    weights = [f"{name}={weight:g}" for name, weight in settings.weights.items() if weight != usual.get(name)]
    options = {"encoder": settings.encoder, "way": list(ways), **given, "weight": weights, "out": "DIR"}
    return {"command": command_record("compare-methods", [target.record.name], options)}
