"""The table of leaks: one more leak is one more module with a `measure`, and a line here.

Inversion stands before the readings, which take the faces that it has made.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # a page is drawn without torch
    from explorer.studio.leaderboard.plan import Asked, Measured


@dataclass(frozen=True)
class Leak:
    """A leak. note: what its figures mean. headline: the figure by which the overview shows it.

    module: where its `measure` stands. makes_faces: whether it inverts or attacks so many portraits.
    """

    name: str
    title: str
    note: str
    headline: str
    module: str
    makes_faces: bool = False

    def measure(self, asked: Asked) -> Measured:
        """Measure an encoder on a set."""
        made: Callable[[Asked], Measured] = import_module(f"explorer.studio.leaderboard.{self.module}").measure
        return made(asked)


LEAKS = {
    one.name: one
    for one in (
        Leak(
            "probes",
            "Read off the vector",
            "How well probes rank photographs by an attribute, from the embedding alone: area under the ROC curve, "
            "against labels by hand. Blind answers reach one half.",
            "gender",
            "leak_probes",
        ),
        Leak(
            "inversion",
            "Turned back into a face",
            "Share of reconstructions accepted at FMR 0.001 of generated impostors: type I against the photograph that "
            "was inverted, type II against other photographs of the person. The lowest share over judges that took no "
            "part; chance is the share of the set's own strangers who pass there.",
            "type_2",
            "leak_inversion",
            makes_faces=True,
        ),
        Leak(
            "readings",
            "Read off the face made of the vector",
            "The vector is inverted and image labellers read the result; balanced accuracy, or years from the truth, "
            "beside what always giving the commonest answer comes to.",
            "gender",
            "leak_readings",
            makes_faces=True,
        ),
        Leak(
            "templates",
            "Gathered into a template",
            "How much better several photographs averaged to one vector verify a person: true accept rate at a false "
            "accept rate of 0.001.",
            "tar_most",
            "leak_templates",
        ),
        Leak(
            "geometry",
            "Turned, and mapped back",
            "True accept rate at a false accept rate of 0.001 when one photograph of each pair is turned by 30 degrees "
            "in the template, without and with a linear map fitted on other people.",
            "tar_mapped",
            "leak_geometry",
        ),
        Leak(
            "attacks",
            "Passed for somebody else",
            "Share of photographs that one signed step of 8/255 (FGSM) makes the encoder take for another person; "
            "chance is the share that passes untouched.",
            "success",
            "leak_attacks",
            makes_faces=True,
        ),
    )
}
