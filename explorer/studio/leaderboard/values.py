"""What a leaderboard holds: a piece for each encoder, set and leak, and in it figures with intervals and chance."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Figure(_Record):
    """One number, or why there is none.

    name: of the measure among those of its leak. title: of its column. unit: empty for a share in [0, 1].
    low, high: 95 % interval by person. chance: what blind answers, strangers or an unharmed photograph come to.
    people: on how many it was measured. by: who judged. beside: what else must be read with it, in words.
    reason: why it was not measured; empty where it was.
    """

    name: str
    title: str
    unit: str = ""
    value: float | None = None
    low: float | None = None
    high: float | None = None
    chance: float | None = None
    people: int | None = None
    by: str = ""
    beside: str = ""
    reason: str = ""


class Piece(_Record):
    """What one leak comes to of one encoder on one set.

    key: a hash of all that the figures follow from. networks: sha256 of what took part, by name. credit: the set's.
    faces: PNG thumbnails of reconstructions, as base64; only of sets that may be shown.
    """

    format: Literal["likeness-leaderboard-piece/1"] = "likeness-leaderboard-piece/1"
    encoder: str
    set: str
    leak: str
    key: str
    figures: tuple[Figure, ...] = Field(min_length=1)
    networks: dict[str, str] = Field(default_factory=dict)
    credit: str = ""
    faces: tuple[str, ...] = ()
    seconds: float = 0.0


class Board(_Record):
    """All pieces with what they were measured by. made: in this run; kept: from earlier ones."""

    format: Literal["likeness-leaderboard/1"] = "likeness-leaderboard/1"
    pieces: tuple[Piece, ...]
    settings: dict[str, str]
    machine: dict[str, str]
    versions: dict[str, str]
    created: str
    made: int = 0
    kept: int = 0

    @property
    def encoders(self) -> tuple[str, ...]:
        """Each encoder once, in the order of the pieces."""
        return tuple(dict.fromkeys(one.encoder for one in self.pieces))

    @property
    def sets(self) -> tuple[str, ...]:
        """Each set once, in the order of the pieces."""
        return tuple(dict.fromkeys(one.set for one in self.pieces))

    def of(self, leak: str) -> tuple[Piece, ...]:
        """The pieces of a leak."""
        return tuple(one for one in self.pieces if one.leak == leak)

    @property
    def networks(self) -> dict[str, str]:
        """The sha256 of every network that took part, by name."""
        return {name: digest for one in self.pieces for name, digest in sorted(one.networks.items())}


def not_measured(name: str, title: str, reason: str) -> Figure:
    """The figure that says why there is none."""
    return Figure(name=name, title=title, reason=reason)
