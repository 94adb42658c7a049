"""One picture of a data set with every label that its source knows, whichever kind of people it is of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from explorer.science.synthetic.population import draw_scene
from explorer.science.synthetic.rendered import Rendered, render_scenes
from explorer.science.synthetic.scene import LARGEST_SEED
from explorer.science.training.folders.listing import split_by_hash
from explorer.studio.errors import UserError
from explorer.studio.geometry.fitting import load_morphable_model
from explorer.studio.people.drawing import person_of_seed
from explorer.studio.people.values import PeopleSettings
from explorer.studio.people.writing import truth
from explorer.studio.populations.photoreal import PhotorealPicture, PhotorealSource, load_source
from explorer.studio.populations.values import SetSettings

FORMAT = "likeness-set/1"
MOST_PEOPLE = 10_000_000
_MAP = 128


@dataclass(frozen=True, eq=False)
class Sample:
    """A picture. person: seven digits. number: of the person's pictures, from 1. pixels: (S, S, 3) uint8 RGB.

    labels: for JSON; what the source does not know is null. maps: arrays by name, where they are asked for.
    """

    person: str
    number: int
    pixels: NDArray[np.uint8]
    labels: dict[str, Any]
    maps: dict[str, NDArray[Any]] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Such as `0000004_001`."""
        return f"{self.person}_{self.number:03d}"


class SampleSource(Protocol):
    """What draws the people of a set, loaded."""

    def samples(self, place: int) -> Iterator[Sample]:
        """The pictures of a person, by the person's place in the set."""


def person_name(place: int) -> str:
    """What a set calls a person: seven digits, as CASIA-WebFace does."""
    return f"{place:07d}"


def load_samples(settings: SetSettings, list_file: Path, digest: str, device: str) -> SampleSource:
    """Load what draws the people of a set.

    Raises:
        UserError: a network or the list is missing.
    """
    if isinstance(settings.people, PeopleSettings):
        return _Drawn(settings.people, settings.maps)
    return _Photoreal(load_source(list_file, digest, settings.people, device))


def require_seeds(settings: PeopleSettings) -> None:
    """Check that there are so many 3D people.

    Raises:
        UserError: there are not.
    """
    last = settings.seed + settings.count - 1
    if last > LARGEST_SEED:
        raise UserError(f"the last person's seed would be {last}: seeds go to {LARGEST_SEED}")


def _common(place: int, seed: int, source: str) -> dict[str, Any]:
    person = person_name(place)
    return {
        "labels": FORMAT,
        "source": source,
        "identity": person,
        "split": split_by_hash(person),
        "seed": seed,
        "group": None,
        "gender": None,
        "age": None,
    }


class _Drawn:
    """3D people: every label is what they were drawn from."""

    def __init__(self, settings: PeopleSettings, maps: bool) -> None:
        self._settings, self._maps, self._model = settings, maps, load_morphable_model()

    def samples(self, place: int) -> Iterator[Sample]:
        """As `SampleSource`."""
        settings = self._settings
        person = person_of_seed(settings.seed + place, settings)
        scenes = [draw_scene(person, number, settings.yaw) for number in range(settings.pictures)]
        for number, one in enumerate(render_scenes(scenes, self._model, settings.size), start=1):
            maps = _maps(one) if self._maps else {}
            yield Sample(person_name(place), number, one.pixels, self._labels(place, one), maps)

    def _labels(self, place: int, one: Rendered) -> dict[str, Any]:
        scene, known = one.scene, truth(one)
        sliders = scene.person.macros
        said = {} if sliders is None else {"group": sliders.group, "gender": sliders.sex, "age": sliders.years}
        return {
            **_common(place, self._settings.seed + place, "3d"),
            **said,
            "pose": {"yaw": scene.yaw, "pitch": scene.pitch, "roll": scene.roll},
            "expression": dict(scene.expression),
            "light": scene.light,
            "accessories": {
                "glasses": scene.glasses is not None,
                "hat": scene.hat is not None,
                "beard": scene.person.beard.style,
            },
            "landmarks": known["landmarks"],
            "landmarks_seen": known["landmarks_seen"],
            "segments": known["shares"],
            "scene": known["scene"],
        }


def _maps(one: Rendered) -> dict[str, NDArray[Any]]:
    return {
        "depth": one.depth.astype(np.float16),
        "normals": one.normals.astype(np.float16),
        "segments": one.segments,
        "uv_seen": one.uv_visibility(_MAP).astype(np.uint8),
    }


class _Photoreal:
    """Photoreal people: what was edited is known by how far, age and gender as dlib's networks read them."""

    def __init__(self, source: PhotorealSource) -> None:
        self._source = source

    def samples(self, place: int) -> Iterator[Sample]:
        """As `SampleSource`."""
        for one in self._source.pictures(place):
            yield Sample(person_name(place), one.number + 1, one.pixels, self._labels(place, one))

    def _labels(self, place: int, one: PhotorealPicture) -> dict[str, Any]:
        labels, read = _common(place, one.seed, "photoreal"), one.truth["read_of_the_first"]
        if read:
            labels |= {"gender": "male" if read["male"] >= 0.5 else "female", "age": read["age"]}
        edits = one.truth["edits"]
        return {
            **labels,
            # Changes from what the person's own w shows, which itself is not known.
            "pose": None,
            "pose_change": {name: edits[name]["change"] for name in ("yaw", "pitch") if name in edits},
            "expression": None,
            "light": None,
            "accessories": None,
            "landmarks": None,
            **{name: one.truth[name] for name in ("edits", "lamp", "camera", "psi", "number")},
        }
