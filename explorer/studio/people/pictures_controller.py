"""The People dock's pictures, kept in step with who is chosen.

One raster picture is under way at a time and the newest scene comes next: if every move of a slider dropped the one
before it, none would ever arrive while the slider moves. The traced one follows once the raster stands still.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from explorer.science.synthetic.scene import LARGEST_SEED, Scene, Sky, SkyName
from explorer.science.synthetic.surfaces import Floats
from explorer.studio.engine.reports import Cancelled, Event, Failure, Report
from explorer.studio.engine.requests import Ticket
from explorer.studio.faces.controller import FacesController
from explorer.studio.people.choice import COARSE, PersonChoice, Rendering
from explorer.studio.people.person_controller import PersonController
from explorer.studio.people.person_export import picture_bytes
from explorer.studio.people.requests import (
    DrawScene,
    DrawTiles,
    ExportPerson,
    LoadSky,
    PersonExported,
    SamplesTraced,
    SceneDrawn,
    SceneTraced,
    SkyLoaded,
    TileDrawn,
    TraceScene,
)
from explorer.studio.people.scene_changes import lit_by_sky
from explorer.studio.people.state import PEOPLE_SHOWN, PERSON, TRUTHS, DrawnPicture
from explorer.studio.session.services import AppServices, Controller

TILES = 12
_Wanted = tuple[Scene, int]


class PicturesController(Controller):
    """Keeps `session[PEOPLE_SHOWN]`, sends pictures to Faces, and has them written."""

    def __init__(self, app: AppServices) -> None:
        super().__init__(app)
        self._drawing: Ticket | None = None
        self._tracing: Ticket | None = None
        self._coarse: _Wanted | None = None
        self._fine: _Wanted | None = None
        self._refused: _Wanted | None = None
        self._seen: tuple[Scene | None, Rendering] | None = None
        self._tiles_of: object = None
        self._tiled = False
        self._skies: dict[SkyName, Floats] = {}
        self._asked_skies: set[SkyName] = set()
        self._sky_to_set: Sky | None = None
        app.session.changed(PERSON).connect(self._changed)

    # Commands.

    def watch(self, on: bool) -> None:
        """Say whether anybody looks; the first who looks sees the first person."""
        self._set(watched=on)
        if on:
            self._refused = None
            self._app.controller(PersonController).begin()
            self._changed()

    def show_tiles(self, on: bool) -> None:
        """Draw the people of the seeds about the chosen one small, or no longer."""
        self._tiled = on
        self._ask_tiles()

    def stop(self) -> None:
        """Leave the picture that is being traced; the raster one stays."""
        if self._tracing is not None:
            self._set(stopped=True)
            self._app.engine.cancel(self._tracing)

    def trace_again(self) -> None:
        """Trace the picture after all."""
        self._set(stopped=False)
        self._ask_trace()

    def set_sky(self, name: SkyName | None, **changes: float) -> None:
        """Light the scene by a sky, turned and as strong as it was or as it is said; by none, its light stays.

        Args:
            changes: turn, strength.
        """
        person, scene = self._app.controller(PersonController), self._session[PERSON].scene
        if scene is None:
            return
        if name is None:
            self._sky_to_set = None
            person.change("choose the light", sky=None)
            return
        old = {} if scene.sky is None else {"turn": scene.sky.turn, "strength": scene.sky.strength}
        sky = Sky.model_validate({"name": name, **old, **changes})
        if name in self._skies:
            person.put_scene(
                "move the sky" if changes else "choose the light", lit_by_sky(scene, sky, self._skies[name])
            )
        else:
            self._sky_to_set = sky
            self._app.submit(LoadSky(name))

    def why_not_sent(self) -> str:
        """Why the picture in view cannot go to Faces now; empty where it can."""
        shown, choice = self._session[PEOPLE_SHOWN], self._session[PERSON]
        picture = shown.in_view
        if choice.scene is None or picture is None:
            return "nobody is drawn yet"
        if choice.rendering.renderer == "path" and shown.traced is None and not shown.stopped:
            return "the path-traced picture is still to come"
        if picture.truth is None or picture.truth.scene != choice.scene:
            return "the picture is being drawn"
        return ""

    def send_to_faces(self) -> None:
        """Open the picture in view as a photograph; what is true of it is kept beside."""
        reason, picture = self.why_not_sent(), self._session[PEOPLE_SHOWN].in_view
        if reason or picture is None or picture.truth is None:
            self._app.notify("info", "It cannot be sent to Faces yet", reason)
            return
        data, name = picture_bytes(picture.pixels), name_of_picture(self._session[PERSON])
        self._session[TRUTHS] = {**self._session[TRUTHS], hashlib.sha256(data).hexdigest(): picture.truth}
        self._app.controller(FacesController).open_bytes(data, name)
        self._set(sent=name)

    def export(self, path: Path, *, maps: bool = False) -> None:
        """Write the picture with what is true of it, and its maps."""
        choice, picture = self._session[PERSON], self._session[PEOPLE_SHOWN].in_view
        if choice.scene is None:
            self._app.notify("warning", "There is nothing to export yet", "draw a person first")
            return
        fits = picture is not None and picture.truth is not None and picture.truth.scene == choice.scene
        ready = picture if fits and picture is not None and picture.rendering == choice.rendering else None
        pixels = None if ready is None else ready.pixels
        self._app.submit(ExportPerson(path, choice.scene, choice.rendering, pixels, maps))

    # The engine's answers.

    def reports(self) -> Mapping[type[Report], Callable[[Ticket, Any], None]]:
        """What is done with reports, by their type."""
        return {SamplesTraced: self._sampled, TileDrawn: self._tile_drawn}

    def results(self) -> Mapping[type, Callable[[Any], None]]:
        """Where the results of requests go, by their type."""
        return {
            SceneDrawn: self._drawn,
            SceneTraced: self._traced,
            SkyLoaded: self._sky_loaded,
            PersonExported: self._exported,
        }

    def on_final(self, event: Event) -> None:
        """Take note of a final event, before its result lands."""
        request, report = event.ticket.request, event.report
        if event.ticket == self._drawing:
            self._drawing = None
            if isinstance(report, Failure | Cancelled) and isinstance(request, DrawScene):
                self._refused = request.scene, request.rendering.size
                self._set(remark=report.message if isinstance(report, Failure) else "")
                self._ask()
        elif event.ticket == self._tracing:
            self._tracing = None
            failed = isinstance(report, Failure)
            given_up = isinstance(report, Failure | Cancelled)
            shown = self._session[PEOPLE_SHOWN]
            self._set(
                tracing=None,
                stopped=shown.stopped or given_up,
                remark=report.message if failed and isinstance(report, Failure) else shown.remark,
            )
        elif isinstance(request, DrawTiles):
            self._set(waiting=0)
        elif isinstance(request, LoadSky) and not isinstance(report, Failure | Cancelled):
            self._asked_skies.discard(request.name)

    def _drawn(self, drawn: SceneDrawn) -> None:
        key = drawn.scene, drawn.picture.rendering.size
        self._coarse = key
        if not drawn.picture.coarse:
            self._fine = key
        self._set(raster=drawn.picture, remark="", units=drawn.units)
        self._ask()
        self._ask_trace()

    def _traced(self, traced: SceneTraced) -> None:
        choice = self._session[PERSON]
        if traced.scene == choice.scene and traced.picture.rendering == choice.rendering:
            self._set(traced=traced.picture, remark="")

    def _sampled(self, ticket: Ticket, report: SamplesTraced) -> None:
        if ticket == self._tracing:
            self._set(tracing=(report.done, report.total))

    def _tile_drawn(self, ticket: Ticket, report: TileDrawn) -> None:
        shown = self._session[PEOPLE_SHOWN]
        self._set(tiles=(*shown.tiles, report.tile), waiting=max(0, shown.waiting - 1))

    def _sky_loaded(self, loaded: SkyLoaded) -> None:
        self._skies[loaded.name] = loaded.even
        sky, self._sky_to_set = self._sky_to_set, None
        scene = self._session[PERSON].scene
        if sky is not None and sky.name == loaded.name and scene is not None:
            lit = lit_by_sky(scene, sky, loaded.even)
            self._app.controller(PersonController).put_scene("choose the light", lit)
        elif scene is not None and scene.sky is not None and scene.sky.name == loaded.name:
            self._fine = self._coarse = None
            self._ask()

    def _exported(self, exported: PersonExported) -> None:
        first, *others = exported.paths
        text = first.name if not others else f"{first.name}, and beside it {', '.join(one.name for one in others)}"
        self._app.notify("info", "The person is written", text, path=first)

    def after_loading(self) -> None:
        """Draw what the session holds that has been opened."""
        self._drawing = self._tracing = None
        self._coarse = self._fine = self._refused = self._seen = self._tiles_of = None
        if self._session[PEOPLE_SHOWN].watched:
            self.watch(True)

    # Keeping in step.

    def _changed(self) -> None:
        """Another choice: what is traced of the old one is given up, and the new one is drawn."""
        choice = self._session[PERSON]
        now = choice.scene, choice.rendering
        if now != self._seen:
            self._seen = now
            self._refused = None
            if self._tracing is not None:
                self._app.engine.cancel(self._tracing)
                self._tracing = None
            self._set(traced=None, tracing=None, stopped=False, remark="", sent="")
        self._ask()
        self._ask_trace()
        self._ask_tiles()

    def _ask(self) -> None:
        """Have the raster picture drawn that is missing: first a coarse one, unless that is as large."""
        choice = self._session[PERSON]
        if choice.scene is None or self._drawing is not None or not self._session[PEOPLE_SHOWN].watched:
            return
        self._ask_sky(choice.scene)
        wanted = choice.scene, choice.rendering.size
        if wanted in (self._fine, self._refused):
            return
        coarse = wanted != self._coarse and choice.rendering.size > COARSE
        self._drawing = self._app.submit(DrawScene(choice.scene, choice.rendering, coarse))

    def _ask_trace(self) -> None:
        choice, shown = self._session[PERSON], self._session[PEOPLE_SHOWN]
        still = choice.scene is not None and (choice.scene, choice.rendering.size) == self._fine
        wanted = choice.rendering.renderer == "path" and shown.watched and not shown.stopped
        if still and wanted and shown.traced is None and self._tracing is None and choice.scene is not None:
            self._tracing = self._app.submit(TraceScene(choice.scene, choice.rendering))
            self._set(tracing=(0, choice.rendering.samples))

    def _ask_sky(self, scene: Scene) -> None:
        """Have the sky read that a scene came with, as one of a file does."""
        sky = scene.sky
        if sky is not None and sky.name not in self._skies and sky.name not in self._asked_skies:
            self._asked_skies.add(sky.name)
            self._app.submit(LoadSky(sky.name))

    def _ask_tiles(self) -> None:
        choice, shown = self._session[PERSON], self._session[PEOPLE_SHOWN]
        if not self._tiled or not shown.watched or choice.scene is None:
            return
        first = choice.seed - choice.seed % TILES
        of = first, choice.among(), choice.number, choice.keep
        if of != self._tiles_of:
            self._tiles_of = of
            seeds = tuple(range(first, min(first + TILES, LARGEST_SEED + 1)))
            self._set(tiles=(), waiting=len(seeds))
            kept = choice.scene if choice.keep else None
            self._app.submit(DrawTiles(seeds, choice.among(), choice.number, kept))

    def _set(self, **changes: Any) -> None:
        old = self._session[PEOPLE_SHOWN]
        if any(getattr(old, name) is not value and getattr(old, name) != value for name, value in changes.items()):
            self._session[PEOPLE_SHOWN] = replace(old, **changes)


def name_of_picture(choice: PersonChoice) -> str:
    """What the picture is called as a face: "person 7", "person 7, picture 2", "person 7, changed"."""
    scene = choice.scene
    if scene is None:
        return "nobody"
    parts = [f"person {choice.seed}"]
    if scene.seed:
        parts.append(f"picture {scene.seed}")
    if scene.person.seed is None:
        parts.append("changed")
    return ", ".join(parts)


def drawn_with(picture: DrawnPicture) -> str:
    """By what a picture was drawn, in words."""
    rendering = picture.rendering
    size = f"{rendering.size} px"
    if rendering.renderer == "raster":
        return f"raster, {size}"
    light = "near infrared, " if rendering.spectrum == "infrared" else ""
    return f"path-traced, {light}{rendering.samples} samples, {size}"
