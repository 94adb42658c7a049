"""The user's commands around who is drawn, and in which picture: each changes `session[PERSON]`, and can be undone."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from explorer.science.synthetic.lamp_light import PRESETS, LampLight
from explorer.science.synthetic.population import MOODS, Mood, mood_units
from explorer.science.synthetic.scene import LARGEST_SEED, Camera, Hat, Scene
from explorer.studio.errors import UserError
from explorer.studio.people import scene_changes
from explorer.studio.people.choice import PersonChoice
from explorer.studio.people.macro_file import load_macro_model
from explorer.studio.people.requests import OpenScene, SaveScene, SceneOpened, SceneSaved
from explorer.studio.people.state import PERSON
from explorer.studio.session.services import Controller


class PersonController(Controller):
    """Keeps the choice; what is not possible changes nothing, and is said."""

    # Who.

    def begin(self) -> None:
        """Draw the first person, where nobody has been drawn yet."""
        choice = self._session[PERSON]
        if choice.scene is None:
            scene = self._tried(lambda: scene_changes.scene_drawn(choice))
            if scene is not None:
                self._session[PERSON] = choice.model_copy(update={"scene": scene})

    def show(self, seed: int) -> None:
        """Draw the person of a seed; seeds go around."""
        self._draw("draw a person", seed=seed % (LARGEST_SEED + 1))

    def show_next(self, step: int = 1) -> None:
        """Draw the person of a seed further on."""
        self.show(self._session[PERSON].seed + step)

    def show_random(self) -> None:
        """Draw the person of a seed that nobody has chosen."""
        self.show(secrets.randbelow(LARGEST_SEED + 1))

    def draw_among(self, **among: Any) -> None:
        """Choose among whom people are drawn: by_sliders, group, gender."""
        self._draw("draw among others", **among)

    def show_picture(self, number: int) -> None:
        """See the person in another picture: pose, expression, light, camera, background and glasses are its own."""
        choice = self._session[PERSON].model_copy(update={"number": number % (LARGEST_SEED + 1)})
        scene = self._tried(lambda: scene_changes.scene_drawn(choice))
        if scene is None:
            return
        old = self._session[PERSON].scene
        # A person who was changed by hand stays so.
        if old is not None and old.person.seed is None:
            scene = scene.model_copy(update={"person": old.person})
        self._put("draw another picture", number=choice.number, scene=scene)

    def keep_picture(self, on: bool) -> None:
        """Say whether the next person is seen in the picture that there is."""
        self._put("keep the picture" if on else "let the picture change", keep=on)

    def reset(self) -> None:
        """Draw person and picture as their seeds have them."""
        choice = self._session[PERSON]
        scene = self._tried(lambda: scene_changes.scene_drawn(choice))
        if scene is not None:
            self._put("draw as seeded", scene=scene)

    def _draw(self, name: str, **changes: Any) -> None:
        """Another person: in the picture that there is, or in one of their own."""
        choice = PersonChoice.model_validate({**dict(self._session[PERSON]), **changes})
        old = choice.scene
        if choice.keep and old is not None:
            person = self._tried(lambda: scene_changes.person_drawn(choice))
            scene = None if person is None else old.model_copy(update={"person": person})
        else:
            scene = self._tried(lambda: scene_changes.scene_drawn(choice))
        if scene is not None:
            self._put(name, **changes, scene=scene)

    # The person.

    def slide(self, name: str, value: float) -> None:
        """Move a slider of MakeHuman's: gender, age, weight, or one of the groups. Labels stay true."""
        seed = self._session[PERSON].seed
        self._change(f"move {name}", lambda scene: scene_changes.slid(scene, seed, load_macro_model(), **{name: value}))

    def move_along(self, name: str, unit: Sequence[float], value: float) -> None:
        """Move the person along a vector of length 1 until they lie so far along it, in deviations."""
        self._change(f"move along {name}", lambda scene: scene_changes.moved_along(scene, unit, value))

    def change_person(self, part: str, **changes: Any) -> None:
        """Change hair, beard, pigment, skin or eyes of the person."""
        self._change(f"change {part}", lambda scene: scene_changes.person_changed(scene, part, **changes))

    # The picture.

    def change(self, name: str, **changes: Any) -> None:
        """Change fields of the scene. name: of the change, as the history says."""
        self._change(name, lambda scene: scene_changes.changed(scene, **changes))

    def set_camera(self, **changes: Any) -> None:
        """Change the camera."""
        self._change(
            "move the camera",
            lambda scene: scene_changes.changed(scene, camera=Camera.model_validate({**dict(scene.camera), **changes})),
        )

    def turn_gaze(self, right: float | None = None, up: float | None = None) -> None:
        """Turn the eyes against the head, in degrees."""

        def turned(scene: Scene) -> Scene:
            old_right, old_up = scene.gaze
            gaze = (old_right if right is None else right, old_up if up is None else up)
            return scene_changes.changed(scene, gaze=gaze)

        self._change("turn the eyes", turned)

    def change_background(self, *, kind: str | None = None, colour: tuple[float, float, float] | None = None) -> None:
        """Put something else behind the person. colour: as displayed; the others of the background follow it."""
        self._change(
            "change the background", lambda scene: scene_changes.with_background(scene, kind=kind, colour=colour)
        )

    def wear_glasses(self, shape: str | None) -> None:
        """Put glasses of a shape on, or take them off."""
        self._change("change the glasses", lambda scene: scene_changes.with_glasses(scene, shape))

    def wear_hat(self, on: bool) -> None:
        """Put a woollen hat on, or take it off."""
        hat = Hat() if on else None
        self._change("change the hat", lambda scene: scene_changes.changed(scene, hat=hat))

    def wear_hair(self, style: str) -> None:
        """Wear the hair otherwise, as long as such hair is."""
        self._change("change the hair", lambda scene: scene_changes.with_hair(scene, style))

    def set_unit(self, name: str, strength: float) -> None:
        """Set a unit of expression."""
        self._change(f"set {name}", lambda scene: scene_changes.with_unit(scene, name, strength))

    def set_mood(self, mood: str) -> None:
        """Set the expression to one with a name."""
        known: dict[str, Mood] = {one: one for one in MOODS}
        units: Mapping[str, float] = mood_units(known[mood])
        self._change("set the expression", lambda scene: scene_changes.with_expression(scene, units))

    def set_lamp(self, **changes: float) -> None:
        """Light the scene by one lamp: azimuth, elevation, strength, ambient, warmth."""

        def lit(scene: Scene) -> Scene:
            lamp = replace(LampLight.of(scene.light), **changes)
            return scene_changes.changed(scene, light=lamp.harmonics(), sky=None)

        self._change("move the light", lit)

    def light_as(self, preset: str) -> None:
        """Light the scene as a preset does."""
        light = PRESETS[preset].harmonics()
        self._change("choose the light", lambda scene: scene_changes.changed(scene, light=light, sky=None))

    def set_rendering(self, **changes: Any) -> None:
        """Choose renderer, samples, spectrum, size; near infrared chooses the path tracer, too."""
        rendering = self._session[PERSON].rendering
        if changes.get("spectrum") == "infrared":
            changes["renderer"] = "path"
        elif changes.get("renderer") == "raster":
            changes["spectrum"] = "visible"
        made = self._tried(lambda: type(rendering).model_validate({**dict(rendering), **changes}))
        if made is not None:
            self._put("choose how it is drawn", rendering=made)

    # Files.

    def save_scene(self, path: Path) -> None:
        """Write the scene to a JSON file."""
        scene = self._session[PERSON].scene
        if scene is not None:
            self._app.submit(SaveScene(path, scene))

    def open_scene(self, path: Path) -> None:
        """Take the scene of a file: of one that was saved, of the JSON beside a drawn picture, or of the picture."""
        self._app.submit(OpenScene(path))

    def results(self) -> Mapping[type, Callable[[Any], None]]:
        """Where the results of requests go, by their type."""
        return {SceneOpened: self._opened, SceneSaved: self._saved}

    def _opened(self, opened: SceneOpened) -> None:
        scene = opened.scene
        more = {} if scene.person.seed is None else {"seed": scene.person.seed}
        self._put("open a scene", scene=scene, number=scene.seed or 0, **more)

    def _saved(self, saved: SceneSaved) -> None:
        self._app.notify("info", "The scene is saved", saved.path.name, path=saved.path)

    # All of them.

    def _change(self, name: str, make: Callable[[Scene], Scene]) -> None:
        old = self._session[PERSON].scene
        scene = None if old is None else self._tried(lambda: make(old))
        if scene is not None:
            self._put(name, scene=scene)

    def put_scene(self, name: str, scene: Scene) -> None:
        """Take a scene over. name: of the change, as the history says."""
        self._put(name, scene=scene)

    def _put(self, name: str, **changes: Any) -> None:
        """Take values over; those of one name that follow closely, as a slider's do, are taken back together."""
        choice = self._session[PERSON]
        new = choice.model_copy(update={**changes, "touched": True})
        if new != choice.model_copy(update={"touched": True}):
            self._app.history.record(name, (PERSON,), f"person: {name}")
            self._session[PERSON] = new

    def _tried(self, make: Callable[[], Any]) -> Any:
        """What is made; None where it is not possible, which is said."""
        try:
            return make()
        except (UserError, ValueError) as error:
            self._app.notify("warning", "This person cannot be drawn so", str(error).splitlines()[-1].strip())
            return None
