"""Handlers for the People dock: pictures that come at once, and those that a process of its own traces."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import replace

from explorer.science.names import shown
from explorer.science.synthetic.population import draw_scene
from explorer.science.synthetic.rendered import SMALLEST, Rendered, render_scenes
from explorer.science.synthetic.scene import Scene
from explorer.science.synthetic.surfaces import Floats
from explorer.studio.engine.device import Device
from explorer.studio.engine.protocol import Control, Handler
from explorer.studio.engine.reports import Progress, Report
from explorer.studio.engine.requests import Request
from explorer.studio.people.choice import COARSE, USUAL_YAW, Rendering
from explorer.studio.people.drawing import drawn_scene, people_model, person_of_seed
from explorer.studio.people.path_tracer import PathTracer
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
    SceneOpened,
    SceneSaved,
    SceneTraced,
    SkyLoaded,
    TileDrawn,
    TraceScene,
)
from explorer.studio.people.scene_file import read_scene, write_scene
from explorer.studio.people.skies import load_sky
from explorer.studio.people.state import DrawnPicture, DrawnTile

# Of several people, side by side.
TILE = 80


def handlers(device: Device) -> Mapping[type[Request], Handler]:
    """The handlers by request."""
    return PeopleHandlers().table()


class PeopleHandlers:
    """Draws scenes; the skies that were read are kept."""

    def __init__(self) -> None:
        self._skies: dict[str, Floats] = {}

    def table(self) -> Mapping[type[Request], Handler]:
        """The handlers by request."""
        return {
            DrawScene: self.draw,
            TraceScene: self.trace,
            DrawTiles: self.draw_tiles,
            LoadSky: self.load_sky,
            ExportPerson: self.export,
            SaveScene: save_scene,
            OpenScene: open_scene,
        }

    def draw(self, request: DrawScene, control: Control) -> Generator[Report, None, SceneDrawn]:
        """Rasterise; a sky that was not read yet does not show."""
        yield from ()
        size = min(COARSE, request.rendering.size) if request.coarse else request.rendering.size
        oversampling = 1 if request.coarse else 2
        model = people_model()
        (rendered,) = render_scenes([request.scene], model, size, oversampling, self._known(request.scene))
        if request.coarse:
            coarse = DrawnPicture(rendered.pixels, request.rendering, coarse=True)
            return SceneDrawn(request.scene, coarse, model.expression_names)
        # Infrared is the path tracer's: what is in view meanwhile is lit by visible light.
        drawn_by = request.rendering.model_copy(update={"renderer": "raster", "spectrum": "visible"})
        truth = truth_of_picture(rendered, drawn_by)
        picture = DrawnPicture(rendered.pixels, drawn_by, truth=truth)
        return SceneDrawn(request.scene, picture, model.expression_names)

    def trace(self, request: TraceScene, control: Control) -> Generator[Report, None, SceneTraced]:
        """Trace, and say again and again how far it is."""
        total = request.rendering.samples
        yield Progress("starting the path tracer", 0, total, "samples a pixel")

        def done(share: float) -> None:
            count = min(round(share / 0.99 * total), total)
            control.emit(Progress("tracing a person", count, total, "samples a pixel"))
            control.emit(SamplesTraced(count, total))

        settings = request.rendering.settings()
        rendered = drawn_scene(request.scene, settings, people_model(), done, control.should_stop, self._skies)
        truth = truth_of_picture(rendered, request.rendering)
        return SceneTraced(request.scene, DrawnPicture(rendered.pixels, request.rendering, truth=truth))

    def draw_tiles(self, request: DrawTiles, control: Control) -> Generator[Report, None, None]:
        """Draw people small, one after the other: who waits for the light worker comes between them."""
        for seed in request.seeds:
            person = person_of_seed(seed, request.among)
            kept = request.scene
            scene = (
                draw_scene(person, request.number, USUAL_YAW)
                if kept is None
                else kept.model_copy(update={"person": person})
            )
            rendered = next(render_scenes([scene], people_model(), max(TILE, SMALLEST), 2, self._known(scene)))
            yield TileDrawn(DrawnTile(seed, rendered.pixels))

    def load_sky(self, request: LoadSky, control: Control) -> Generator[Report, None, SkyLoaded]:
        """Decode a sky, once."""
        yield Progress(f"reading the sky {request.name}")
        if request.name not in self._skies:
            with PathTracer(should_stop=control.should_stop) as tracer:
                self._skies[request.name] = load_sky(request.name, tracer)
        return SkyLoaded(request.name, self._skies[request.name])

    def export(self, request: ExportPerson, control: Control) -> Generator[Report, None, PersonExported]:
        """Draw what is not in view, and write."""
        from explorer.studio.people.person_export import write_person_files

        yield Progress(f"writing {shown(request.path.name)}")
        settings = request.rendering.settings()
        if request.pixels is None:
            rendered = drawn_scene(
                request.scene, settings, people_model(), should_stop=control.should_stop, skies=self._skies
            )
        else:
            raster = settings.model_copy(update={"renderer": "raster", "spectrum": "visible"})
            made = drawn_scene(
                request.scene, raster, people_model(), should_stop=control.should_stop, skies=self._skies
            )
            rendered = replace(made, pixels=request.pixels)
        return PersonExported(write_person_files(request.path, rendered, request.rendering, maps=request.maps))

    def _known(self, scene: Scene) -> Mapping[str, Floats]:
        return {} if scene.sky is None else self._skies


def save_scene(request: SaveScene, control: Control) -> Generator[Report, None, SceneSaved]:
    """Write a scene."""
    yield Progress(f"writing {shown(request.path.name)}")
    return SceneSaved(write_scene(request.path, request.scene))


def open_scene(request: OpenScene, control: Control) -> Generator[Report, None, SceneOpened]:
    """Read a scene."""
    yield Progress(f"reading {shown(request.path.name)}")
    return SceneOpened(read_scene(request.path))


def truth_of_picture(rendered: Rendered, rendering: Rendering) -> PictureTruth:
    """What is true of a drawn picture."""
    found = rendered.landmarks()
    x, y = found.points.round(3).T.tolist()
    return PictureTruth(
        scene=rendered.scene,
        rendering=rendering,
        landmarks=tuple(zip(x, y, strict=True)),
        landmarks_seen=tuple(found.seen.tolist()),
    )
