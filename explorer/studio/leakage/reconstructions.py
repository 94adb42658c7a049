"""One vector read three ways: by its probes, off the faces that were made from it alone, and off the photograph that it
came from. No Qt, no torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from explorer.science.leakage.picture_readout import PictureReadout
from explorer.science.leakage.readout import MetricValue, Readout
from explorer.studio.arrays import Frame
from explorer.studio.inversion.record import InversionRun
from explorer.studio.leakage.readings import Reading

MOST_RUNS = 64  # that a vector is read by


@dataclass(frozen=True, eq=False)
class Reconstruction:
    """What the faces show that were made from one vector alone.

    readouts: in the order of the probes; empty where no picture shows a face.
    pictures: how many show one; without_face: how many show none.
    runs: the records of the inversions; empty of a picture of a run under way.
    faces: (448, 448, 3) uint8, the faces in the common frame; empty where they are kept elsewhere.
    landmark_error, histogram_error: of the means read from the photograph's own, as in `Reading`; None where there is
        none.
    """

    readouts: tuple[PictureReadout, ...]
    pictures: int
    without_face: int = 0
    runs: tuple[InversionRun, ...] = ()
    faces: tuple[Frame, ...] = ()
    landmark_error: float | None = None
    histogram_error: float | None = None

    def words(self) -> str:
        """What was read: "3 faces made from the vector; 1 picture without a face left out"."""
        made = self.pictures
        said = f"{made} face{'' if made == 1 else 's'} made from the vector"
        lost = self.without_face
        return f"{said}; {lost} picture{'' if lost == 1 else 's'} without a face left out" if lost else said


@dataclass(frozen=True, eq=False)
class PhotographRead:
    """What the labellers see in a face's photograph; nothing with a remark where they are not there."""

    key: str
    readouts: tuple[PictureReadout, ...]
    remark: str = ""


@dataclass(frozen=True, eq=False)
class PictureRead:
    """What the labellers see in a picture of a run: `picture` tells its pictures apart, "result" or "step 45".

    reconstruction: None with a remark where the labellers are not there.
    """

    run_key: str
    picture: str
    reconstruction: Reconstruction | None
    remark: str = ""


@dataclass(frozen=True, eq=False)
class AttributeReadings:
    """One attribute read three ways; None where it was not read so."""

    probe: str
    title: str
    vector: Readout | None = None
    reconstruction: PictureReadout | None = None
    photograph: PictureReadout | None = None

    @property
    def at_chance(self) -> bool:
        """Whether nothing tells it: whatever reads the vector was measured on photographs, and is not clearly better
        than chance there."""
        known = [one.tells for one in (self.vector, self.reconstruction) if one is not None]
        return bool(known) and all(tells is False for tells in known)

    @property
    def trust(self) -> float | None:
        """How far the better reading of the vector surely lies beyond chance on photographs: from 0 to 1, where it is
        perfect; None where neither was measured there."""
        measured = [None if self.vector is None else self.vector.on_photographs]
        measured += [None if self.reconstruction is None else self.reconstruction.on_photographs]
        known = [_trust(one) for one in measured]
        return max((trust for trust in known if trust is not None), default=None)


@dataclass(frozen=True, eq=False)
class ThreeReadings:
    """One vector read three ways.

    vector: by the probes. photograph: what the labellers see in it, in the order of the probes; empty of a bare vector.
    """

    vector: Reading
    reconstruction: Reconstruction
    photograph: tuple[PictureReadout, ...] = ()

    def attributes(self) -> list[AttributeReadings]:
        """One row an attribute, those first that are known best from a vector."""
        return by_trust(side_by_side(self.vector.readouts, self.reconstruction.readouts, self.photograph))


def side_by_side(
    vector: Sequence[Readout],
    reconstruction: Sequence[PictureReadout] = (),
    photograph: Sequence[PictureReadout] = (),
) -> list[AttributeReadings]:
    """Readings of one vector by attribute, in the order of the first that has any."""
    read = {one.probe: one for one in vector}
    made = {one.probe: one for one in reconstruction}
    seen = {one.probe: one for one in photograph}
    listed: list[Readout | PictureReadout] = [*vector, *reconstruction, *photograph]
    titles = {one.probe: one.title for one in listed}
    return [
        AttributeReadings(probe, title, read.get(probe), made.get(probe), seen.get(probe))
        for probe, title in titles.items()
    ]


def by_trust(rows: Sequence[AttributeReadings]) -> list[AttributeReadings]:
    """Those that are surely furthest from chance first, then those that were not measured, then those at chance."""
    return sorted(rows, key=_place)


def _place(row: AttributeReadings) -> tuple[int, float]:
    if row.at_chance:
        return 2, 0.0
    trust = row.trust
    return (1, 0.0) if trust is None or trust <= 0 else (0, -trust)


def _trust(quality: MetricValue | None) -> float | None:
    if quality is None or quality.chance is None:
        return None
    if quality.unit:
        return (quality.chance - quality.high) / quality.chance if quality.chance > 0 else None
    return (quality.low - quality.chance) / (1 - quality.chance) if quality.chance < 1 else 0.0
