"""What is asked of each leak, and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from explorer.science.inversion.settings import InversionSettings
from explorer.studio.catalogue.faults import fault_of_file
from explorer.studio.catalogue.networks import Networks
from explorer.studio.evaluation.people_inverted import first_people
from explorer.studio.evaluation.photograph_sets import PhotographSet
from explorer.studio.leaderboard.values import Figure

# Roles are fixed: these were trained against or take part in losses; the others check or only judge.
TRAINED = ("arcface-mbf", "dlib-resnet", "sface", "edgeface-s")
JUDGES = ("mobilefacenet-192", "plugin-mbf", "facenet-irv1", "hse-mobilenet")

Told = Callable[[str], object]


class NotMeasurable(Exception):  # noqa: N818 - nothing failed: there is nothing to be measured
    """Why a leak has no figure of an encoder on a set."""


@dataclass(frozen=True)
class Asked:
    """One encoder, one set, and how much of it.

    given: the set as the command was told it. portraits: so many are inverted and attacked, each of another person as
    far as there are people. people: the set's first so many alone; all where None. work: what is made on the way is
    kept there; it must exist. told: hears what is done.
    """

    networks: Networks
    encoder: str
    given: str
    chosen: PhotographSet
    portraits: int
    people: int | None
    settings: InversionSettings
    work: Path
    told: Told

    @property
    def photographs(self) -> PhotographSet:
        """The photographs of the people who are asked for."""
        return first_people(self.chosen, self.people)

    @property
    def each(self) -> int:
        """How many photographs of a person it takes to come to so many portraits."""
        return -(-self.portraits // len(self.photographs.people))

    @property
    def seen(self) -> Path:
        """The file of what all encoders see of the set's photographs: they are embedded once for all of its pieces."""
        return self.work.parent / "photographs.safetensors"

    def step(self, what: str) -> Callable[[int, int], None]:
        """Tells how many of how many are done."""

        def step(done: int, total: int) -> None:
            self.told(f"{what}, {done} of {total}")

        return step


@dataclass(frozen=True)
class Measured:
    """What came of it. networks: what took part besides the encoder itself; faces: PNGs of reconstructions."""

    figures: tuple[Figure, ...]
    networks: Mapping[str, str] = field(default_factory=dict)
    faces: tuple[bytes, ...] = ()


class Passing:
    """Goes on where one photograph cannot be used, and counts those."""

    def __init__(self) -> None:
        self.reasons: list[str] = []

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        """The work on one photograph."""
        try:
            yield
        except Exception as error:
            reason = fault_of_file(error)
            if reason is None:
                raise
            self.reasons.append(f"{name}: {reason}")
