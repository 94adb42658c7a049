"""One vector turned back in every way that there is, and each answer judged alike."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from explorer.science.evaluation.score import EncoderScore
from explorer.science.inversion.settings import InversionSettings
from explorer.science.leakage.labels import Labellers, stacked
from explorer.science.leakage.pictures import read_pictures
from explorer.studio.catalogue.networks import Networks, attacked_encoder
from explorer.studio.inversion.record import TargetRecord
from explorer.studio.inversion.running import InversionTarget, score_result
from explorer.studio.leakage.seeing import see_picture
from explorer.studio.methods.made_faces import WAYS, MadeFace, Way

# What is read of every answer: as of the other readings that are judged on photographs.
READ = ("gender", "age", "smiling", "eyeglasses")


class MethodRow(BaseModel):
    """What came of one way.

    seconds: that it took, without loading and judging. queries: to an encoder that gives nothing but embeddings.
    scores: of the picture, the attacked encoder's first; empty where no face is found in it. readings: what the
    labellers see in it, in words, by the attribute's title; empty where they are not here.
    lacking: why there is no picture; the other fields are then empty.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    way: str
    title: str
    source: str
    seconds: float | None = None
    steps: int = 0
    queries: int = 0
    side: int = 0
    face_found: bool = False
    scores: list[EncoderScore] = Field(default_factory=list)
    readings: dict[str, str] = Field(default_factory=dict)
    lacking: str = ""


class MethodsCompared(BaseModel):
    """The ways of one target, in the order of `WAYS`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    target: TargetRecord
    settings: InversionSettings
    rows: list[MethodRow]


@dataclass(frozen=True, eq=False)
class WayDone:
    """A way's row, and the face that it made; None where it lacks something."""

    row: MethodRow
    made: MadeFace | None


@dataclass(frozen=True, eq=False)
class ComparedFaces:
    """The rows with their pictures, (R, R, 3) uint8 by way, of those that made one."""

    compared: MethodsCompared
    faces: dict[str, MadeFace]

    def picture(self, way: str) -> NDArray[np.uint8] | None:
        """What a way made; None where it lacks something."""
        made = self.faces.get(way)
        return None if made is None else made.picture


Comparing = Generator[object, None, ComparedFaces | None]


def compare_methods(
    networks: Networks,
    target: InversionTarget,
    settings: InversionSettings,
    labellers: Labellers | None = None,
    ways: Sequence[str] = (),
    should_stop: Callable[[], bool] = lambda: False,
) -> Comparing:
    """Turn a target back in several ways, and judge every answer by the same encoders and labellers.

    Args:
        settings: of the search; its encoder is attacked by all. labellers: read the pictures; nobody where None.
        ways: by name; all where empty.

    Yields:
        The ways' own events, and `WayDone` behind each.

    Returns:
        None where it was stopped.

    Raises:
        UserError: the encoder only judges, or a file is damaged. UnknownNameError: there is no such way.
    """
    attacked_encoder(settings.encoder)
    chosen = [WAYS[name] for name in WAYS.names() if not ways or name in ways]
    for name in ways:
        WAYS[name]  # an unknown one says which there are
    rows, faces = list[MethodRow](), dict[str, MadeFace]()
    for way in chosen:
        lacking = way.lacks(networks, settings)
        made = None if lacking else (yield from way.make(networks, target, settings, should_stop))
        if should_stop() or (made is None and not lacking):
            return None
        row = _bare(way, lacking) if made is None else _judged(networks, target, settings, labellers, way, made)
        rows.append(row)
        if made is not None:
            faces[way.name] = made
        yield WayDone(row, made)
    return ComparedFaces(MethodsCompared(target=target.record, settings=settings, rows=rows), faces)


def _bare(way: Way, lacking: str) -> MethodRow:
    return MethodRow(way=way.name, title=way.title, source=way.source, lacking=lacking)


def _judged(
    networks: Networks,
    target: InversionTarget,
    settings: InversionSettings,
    labellers: Labellers | None,
    way: Way,
    made: MadeFace,
) -> MethodRow:
    scores = score_result(networks, target, settings, made.picture)
    seen = None if labellers is None else see_picture(networks, labellers, made.picture)
    readouts = [] if seen is None else read_pictures(stacked([seen.labels]))
    return _bare(way, "").model_copy(
        update={
            "seconds": made.seconds,
            "steps": made.steps,
            "queries": made.queries,
            "side": len(made.picture),
            "face_found": bool(scores),
            "scores": scores,
            "readings": {one.title: one.text for one in readouts if one.probe in READ},
        }
    )
