"""Canned handlers of the People dock: pictures of one colour, which follows from the scene."""

from __future__ import annotations

import json
import zlib
from collections.abc import Generator, Mapping

import numpy as np

from explorer.science.synthetic.scene import Scene
from explorer.studio.engine.protocol import Control, Handler
from explorer.studio.engine.reports import Progress, Report
from explorer.studio.engine.requests import Request
from explorer.studio.people.handlers import open_scene, save_scene
from explorer.studio.people.picture_truth import PictureTruth
from explorer.studio.people.requests import (
    DrawScene,
    DrawTiles,
    ExportPerson,
    LoadSky,
    OpenScene,
    PersonExported,
    SamplesTraced,
    SaveScene,
    SceneDrawn,
    SceneTraced,
    SkyLoaded,
    TileDrawn,
    TraceScene,
)
from explorer.studio.people.state import DrawnPicture, DrawnTile

UNITS = ("browInnerUp", "eyeBlinkLeft", "eyeBlinkRight", "jawOpen", "mouthSmileLeft", "mouthSmileRight", "tongueOut")


def colour_of(scene: Scene, size: int, more: str = "") -> np.ndarray:
    """(S, S, 3) of a colour that no other scene has."""
    said = json.dumps(scene.model_dump(mode="json"), sort_keys=True) + more
    return np.full((size, size, 3), list(zlib.crc32(said.encode()).to_bytes(4, "big")[:3]), np.uint8)


def draw(request: DrawScene, control: Control) -> Generator[Report, None, SceneDrawn]:
    yield from ()
    pixels = colour_of(request.scene, request.rendering.size)
    return SceneDrawn(request.scene, _picture(request, pixels, coarse=request.coarse), UNITS)


def trace(request: TraceScene, control: Control) -> Generator[Report, None, SceneTraced]:
    for done in range(1, 4):
        yield Progress("tracing a person", done, 3, "samples a pixel")
        yield SamplesTraced(done, 3)
    return SceneTraced(request.scene, _picture(request, colour_of(request.scene, request.rendering.size, "traced")))


def tiles(request: DrawTiles, control: Control) -> Generator[Report, None, None]:
    for seed in request.seeds:
        yield TileDrawn(DrawnTile(seed, np.full((8, 8, 3), seed % 256, np.uint8)))


def sky(request: LoadSky, control: Control) -> Generator[Report, None, SkyLoaded]:
    yield Progress("reading a sky")
    return SkyLoaded(request.name, np.ones((8, 16, 3)))


def export(request: ExportPerson, control: Control) -> Generator[Report, None, PersonExported]:
    yield Progress("writing")
    request.path.write_bytes(b"maps" if request.maps else b"picture")
    return PersonExported((request.path,))


def _picture(request: DrawScene | TraceScene, pixels: np.ndarray, *, coarse: bool = False) -> DrawnPicture:
    size = request.rendering.size
    truth = PictureTruth(
        scene=request.scene,
        rendering=request.rendering,
        landmarks=((size / 2, size / 2),) * 68,
        landmarks_seen=(True,) * 68,
    )
    return DrawnPicture(pixels, request.rendering, coarse, None if coarse else truth)


PEOPLE_HANDLERS: Mapping[type[Request], Handler] = {
    DrawScene: draw,
    TraceScene: trace,
    DrawTiles: tiles,
    LoadSky: sky,
    ExportPerson: export,
    SaveScene: save_scene,
    OpenScene: open_scene,
}
