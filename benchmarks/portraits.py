"""The openpeople portraits: ten synthetic people, two portraits each (MIT licence), read from the package as a zip."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass

from explorer.science.faces.face import Photograph
from explorer.science.faces.reading import read_photograph
from explorer.studio import catalogue

KINDS = ("studio_portrait", "amateur_selfie")


@dataclass(frozen=True, eq=False)
class Portrait:
    """One portrait: whose ("P001"), which kind, and the photograph."""

    person: str
    kind: str
    photograph: Photograph


def portraits() -> Iterator[Portrait]:
    """The twenty portraits in the order of their names."""
    with zipfile.ZipFile(catalogue.path("openpeople")) as archive:
        for number in range(1, 11):
            for kind in KINDS:
                person = f"P{number:03}"
                data = archive.read(f"openpeople/data/curated/{person}/assets/{kind}.jpg")
                yield Portrait(person, kind, read_photograph(data, f"{person} {kind}.jpg"))
