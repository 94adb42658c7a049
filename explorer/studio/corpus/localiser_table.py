"""What a localiser is worth: before and after training by identity, by how far heads are turned (table 5.1)."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict

from explorer.science.alignment.faces import Placement, PosedFaces
from explorer.science.alignment.localiser import Alignment, Localiser
from explorer.science.alignment.scoring import AlignedFaces, AlignmentScores, aligned
from explorer.science.alignment.transformer import SpatialTransformer

RANGES = ((0, 10), (10, 20), (20, 30))


class LocaliserRow(BaseModel):
    """Faces whose heads are turned so far. before: at theta_fixed, all alike. after: as the localiser finds them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    yaw: str
    before: AlignmentScores
    after: AlignmentScores


class LocaliserTable(BaseModel):
    """Of one set. landmark_fit: percent of the interocular distance by which the landmark fit misses the landmarks that
    it was given; None where there is none, for drawn people, whose landmarks are known."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    people: int
    rows: tuple[LocaliserRow, ...]
    landmark_fit: float | None = None


def everywhere(placement: Placement, components: int, count: int) -> Alignment:
    """theta_fixed for so many faces."""
    fixed = placement.fixed(components)
    rotation, place = fixed.rotation.expand(count, 3, 3), fixed.translation.expand(count, 2)
    return Alignment(rotation, place, fixed.scale.expand(count), fixed.identity.expand(count, components))


def before_and_after(
    localiser: Localiser, transformer: SpatialTransformer, faces: PosedFaces, placement: Placement
) -> tuple[AlignedFaces, AlignedFaces]:
    """Faces at theta_fixed, and as a localiser finds them."""
    fixed = everywhere(placement, localiser.settings.components, len(faces))
    return aligned(fixed, transformer, faces), aligned(localiser, transformer, faces)


def localiser_table(
    name: str, faces: PosedFaces, before: AlignedFaces, after: AlignedFaces, fitted: Sequence[float] = ()
) -> LocaliserTable:
    """The table of a set: all faces, then those of each range of yaw that has some.

    Args:
        fitted: by how much the landmark fit misses each.
    """
    rows = [LocaliserRow(yaw="all", before=before.scores(), after=after.scores())]
    for least, most in RANGES:
        some = faces.within(most, least)
        if len(some):
            rows.append(LocaliserRow(yaw=f"{least} to {most}", before=before.scores(some), after=after.scores(some)))
    mean = sum(fitted) / len(fitted) if fitted else None
    return LocaliserTable(name=name, people=len(faces.people.unique()), rows=tuple(rows), landmark_fit=mean)


def as_text(table: LocaliserTable) -> str:
    """The table in lines, before and after beside each other."""
    lines = [f"{table.name}: {table.rows[0].after.faces} faces of {table.people} people; at the fixed pose -> found"]
    for row in table.rows:
        cells = [
            _pair("landmarks", row.before.landmarks, row.after.landmarks, "{:.2f}", " %"),
            _pair("AISM", row.before.sharpness, row.after.sharpness, "{:.4f}"),
            _pair("pose", row.before.pose, row.after.pose, "{:.2f}", " degrees"),
        ]
        lines.append(f"  yaw {row.yaw:<9} {row.after.faces:>5} faces  {'  '.join(cells)}")
    if table.landmark_fit is not None:
        lines.append(
            f"  the landmark fit misses the landmarks that it was given by {table.landmark_fit:.2f} %; poses are held "
            "against its own"
        )
    return "\n".join(lines)


def _pair(name: str, before: float | None, after: float | None, form: str, unit: str = "") -> str:
    if before is None or after is None:
        return f"{name} not known"
    return f"{name} {form.format(before)} -> {form.format(after)}{unit}"
