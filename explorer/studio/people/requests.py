"""The requests of the People dock."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from explorer.science.synthetic.scene import Scene, SkyName
from explorer.studio.arrays import Image
from explorer.studio.engine.reports import Report
from explorer.studio.engine.requests import Request, Worker
from explorer.studio.people.choice import Rendering
from explorer.studio.people.state import DrawnPicture, DrawnTile
from explorer.studio.people.values import PeopleSettings


@dataclass(frozen=True, eq=False)
class DrawScene(Request):
    """Rasterise a scene. Result: `SceneDrawn`. coarse: smaller and with one sample a pixel, without its truth."""

    worker: ClassVar[Worker] = "light"
    hidden: ClassVar[bool] = True
    scene: Scene
    rendering: Rendering
    coarse: bool = False


@dataclass(frozen=True, eq=False)
class SceneDrawn:
    """A rasterised scene. units: of expression, by name, that the model has."""

    scene: Scene
    picture: DrawnPicture
    units: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class TraceScene(Request):
    """Trace a scene's picture. Reports `Progress` and `SamplesTraced`; result: `SceneTraced`."""

    worker: ClassVar[Worker] = "people"
    title: ClassVar[str] = "tracing a person"
    scene: Scene
    rendering: Rendering


@dataclass(frozen=True, eq=False)
class SamplesTraced(Report):
    """How many samples a pixel are done, of how many."""

    done: int
    total: int


@dataclass(frozen=True, eq=False)
class SceneTraced:
    """A traced scene."""

    scene: Scene
    picture: DrawnPicture


@dataclass(frozen=True, eq=False)
class DrawTiles(Request):
    """Rasterise the people of some seeds small, one after the other. Reports `TileDrawn`; result: None.

    seeds: of the people. scene: in whose picture they are seen; None for the picture of number `number` of each.
    among: by what settings people are drawn from seeds.
    """

    worker: ClassVar[Worker] = "light"
    priority: ClassVar[int] = -10
    hidden: ClassVar[bool] = True
    seeds: tuple[int, ...]
    among: PeopleSettings
    number: int
    scene: Scene | None


@dataclass(frozen=True, eq=False)
class TileDrawn(Report):
    """One of the people is drawn."""

    tile: DrawnTile


@dataclass(frozen=True, eq=False)
class LoadSky(Request):
    """Decode a photographed sky, in the process that traces. Result: `SkyLoaded`."""

    worker: ClassVar[Worker] = "people"
    title: ClassVar[str] = "reading a sky"
    again_with_networks: ClassVar[bool] = True
    name: SkyName


@dataclass(frozen=True, eq=False)
class SkyLoaded:
    """A sky's map (H, 2H, 3), as of `surroundings.even_sky`."""

    name: SkyName
    even: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ExportPerson(Request):
    """Write a picture of a scene, what is true of it, and its maps, each with its provenance. Result: `PersonExported`.

    path: of the picture, a PNG; the other files have its stem. pixels: the picture as it is in view; None to draw it.
    maps: whether depth, normals, segments and what of the skin's map is seen are written.
    """

    worker: ClassVar[Worker] = "people"
    title: ClassVar[str] = "writing a person"
    path: Path
    scene: Scene
    rendering: Rendering
    pixels: Image | None = None
    maps: bool = False

    @property
    def lane(self) -> tuple[object, ...]:
        """A file gives way to none but itself."""
        return type(self), self.path


@dataclass(frozen=True, eq=False)
class PersonExported:
    """The files that were written."""

    paths: tuple[Path, ...]


@dataclass(frozen=True, eq=False)
class SaveScene(Request):
    """Write a scene to a JSON file. Result: `SceneSaved`."""

    worker: ClassVar[Worker] = "files"
    title: ClassVar[str] = "saving a scene"
    path: Path
    scene: Scene


@dataclass(frozen=True, eq=False)
class SceneSaved:
    """The file that was written."""

    path: Path


@dataclass(frozen=True, eq=False)
class OpenScene(Request):
    """Read a scene. Result: `SceneOpened`."""

    worker: ClassVar[Worker] = "files"
    title: ClassVar[str] = "opening a scene"
    path: Path


@dataclass(frozen=True, eq=False)
class SceneOpened:
    """A scene that was read."""

    scene: Scene
