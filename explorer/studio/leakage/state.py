"""What the probe panel draws. No Qt, no torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from explorer.studio.faces.edits import Edits
from explorer.studio.leakage.readings import FaceRead, ResultRead


@dataclass(frozen=True, eq=False)
class Probing:
    """What the probe panel draws.

    watched: whether anybody looks, so that it is worth reading.
    edits: by face or vector key.
    face, result: the newest answers that fit what is selected; None until they come.
    reading: whether an answer on the face is under way; reading_result: on the inversion.
    as_target: whether an inversion that starts works towards the altered embedding.
    """

    watched: bool = False
    edits: Mapping[str, Edits] = field(default_factory=dict)
    face: FaceRead | None = None
    result: ResultRead | None = None
    reading: bool = False
    reading_result: bool = False
    as_target: bool = False

    def edits_of(self, key: str | None) -> Edits:
        """The edits of a face or vector."""
        return self.edits.get(key or "", Edits())
