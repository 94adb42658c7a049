"""How the person is seen: pose and camera, expression, light, and what is behind."""

from __future__ import annotations

from PySide6.QtGui import QColor
from PySide6.QtWidgets import QColorDialog, QLabel, QLineEdit, QPushButton

from explorer.science.synthetic.lamp_light import BRIGHTEST, PRESETS, LampLight
from explorer.science.synthetic.population import MOODS
from explorer.science.synthetic.scene import SKIES, Background, Scene
from explorer.studio.people.choice import PersonChoice, why_not_traced
from explorer.studio.people.picture_truth import SMILES
from explorer.studio.people.pictures_controller import PicturesController
from explorer.studio.people.state import PeopleShown
from explorer.ui.base.dispatcher import CommandDispatcher
from explorer.ui.people.page import ScenePage, choice_box, choose, put, refuse
from explorer.ui.widgets.value_slider import ValueSlider

# Units that are offered before any is searched for.
USUAL = ("jawOpen", *SMILES, "browInnerUp", "eyeBlinkLeft", "eyeBlinkRight")
UNIT_NAME = 118
FURTHEST_YAW, FURTHEST_PITCH, FURTHEST_ROLL, GAZE = 90.0, 60.0, 60.0, 30.0
LONG_LENS = 3000.0
CHOOSE = "…"


class PosePage(ScenePage):
    """The head's pose, the gaze, and the camera."""

    def __init__(self, dispatcher: CommandDispatcher) -> None:
        super().__init__(dispatcher)

        def turned(name: str, furthest: float, hint: str) -> ValueSlider:
            return self.slider(
                name.capitalize(),
                -furthest,
                furthest,
                lambda person, value: person.change(f"turn the head ({name})", **{name: value}),
                decimals=1,
                unit="°",
                hint=hint,
            )

        self.yaw = turned("yaw", FURTHEST_YAW, "Positive turns the nose to the picture's right")
        self.pitch = turned("pitch", FURTHEST_PITCH, "Positive lowers the nose")
        self.roll = turned("roll", FURTHEST_ROLL, "Tilts the head in the picture")
        gaze = {"decimals": 1, "unit": "°"}
        self.gaze_right = self.slider(
            "Gaze right", -GAZE, GAZE, lambda person, value: person.turn_gaze(right=value), hint="Of the eyes", **gaze
        )
        self.gaze_up = self.slider(
            "Gaze up", -GAZE, GAZE, lambda person, value: person.turn_gaze(up=value), hint="Of the eyes", **gaze
        )
        self.frame_height = self.slider(
            "Frame",
            120,
            500,
            lambda person, value: person.set_camera(height=value),
            decimals=0,
            unit=" mm",
            hint="What the picture shows from top to bottom, at the face",
        )
        self.distance = self.slider(
            "Distance",
            350,
            LONG_LENS,
            lambda person, value: person.set_camera(distance=value),
            decimals=0,
            unit=" mm",
            hint="From the camera to the face: near ones make noses large",
        )

    def draw(self, choice: PersonChoice, scene: Scene, shown: PeopleShown) -> None:
        """Show what is chosen."""
        camera = scene.camera
        for slider, value in (
            (self.yaw, scene.yaw),
            (self.pitch, scene.pitch),
            (self.roll, scene.roll),
            (self.gaze_right, scene.gaze[0]),
            (self.gaze_up, scene.gaze[1]),
            (self.frame_height, camera.height),
            (self.distance, LONG_LENS if camera.distance is None else camera.distance),
        ):
            put(slider, value)


class ExpressionPage(ScenePage):
    """The model's units of expression: those in use, a few that are usual, and all that the search finds."""

    def __init__(self, dispatcher: CommandDispatcher) -> None:
        super().__init__(dispatcher)
        self.sliders: dict[str, ValueSlider] = {}
        self.mood = choice_box(
            "an expression with a name",
            [(CHOOSE, None), *((mood.capitalize(), mood) for mood in MOODS)],
            lambda mood: None if mood is None else self.command(lambda person: person.set_mood(mood)),
        )
        self.row("Expression", self.mood)
        self.search = QLineEdit()
        self.search.setPlaceholderText("Find one of the units, such as brow")
        self.search.setAccessibleName("find a unit of expression")
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(lambda _: self._filter())
        self.column.addWidget(self.search)
        self.none = QLabel("No unit is called so.")
        self.none.setObjectName("faint")
        self.column.addWidget(self.none)
        self.none.hide()
        self._strengths: dict[str, float] = {}
        self._listed: dict[str, bool] = {}

    def draw(self, choice: PersonChoice, scene: Scene, shown: PeopleShown) -> None:
        """Show what is chosen; sliders are made once the model's units are known."""
        for name in shown.units:
            if name not in self.sliders:
                self.sliders[name] = self.slider(
                    _spaced(name),
                    0,
                    1,
                    lambda person, value, name=name: person.set_unit(name, value),
                    hint=name,
                    name_width=UNIT_NAME,
                )
        self._strengths = dict(scene.expression)
        for name, slider in self.sliders.items():
            put(slider, self._strengths.get(name, 0.0))
        self._filter()

    def _filter(self) -> None:
        sought = self.search.text().casefold().replace(" ", "")
        found = 0
        for name, slider in self.sliders.items():
            used = name in USUAL or self._strengths.get(name, 0.0) > 0 or slider.slider.isSliderDown()
            on = sought in name.casefold() if sought else used
            found += on
            if self._listed.get(name) is not on:  # a layout shows new widgets later by itself
                self._listed[name] = on
                slider.setVisible(on)
        self.none.setVisible(bool(self.sliders) and not found)


class LightPage(ScenePage):
    """One lamp and what comes from all around; or a photographed sky."""

    def __init__(self, dispatcher: CommandDispatcher) -> None:
        super().__init__(dispatcher)
        self.preset = choice_box(
            "a light with a name",
            [(CHOOSE, None), *((name, name) for name in PRESETS)],
            lambda name: None if name is None else self.command(lambda person: person.light_as(name)),
        )
        self.row("Light", self.preset)

        def lamp(name: str, title: str, low: float, high: float, hint: str, unit: str = "") -> ValueSlider:
            return self.slider(
                title,
                low,
                high,
                lambda person, value: person.set_lamp(**{name: value}),
                decimals=0 if unit else 2,
                unit=unit,
                hint=hint,
            )

        self.lamp = {
            "azimuth": lamp("azimuth", "From right", -180, 180, "Where the lamp stands: 0 behind the camera", "°"),
            "elevation": lamp("elevation", "From above", -90, 90, "How high the lamp stands", "°"),
            "strength": lamp("strength", "Lamp", 0, BRIGHTEST, "How strong the lamp is"),
            "ambient": lamp("ambient", "All around", 0, BRIGHTEST, "How much light comes from everywhere"),
            "warmth": lamp("warmth", "Warmth", -1, 1, "-1 blue, 1 orange"),
        }
        self.sky = choice_box(
            "a photographed sky or room that lights the person and stands behind them",
            [("None", None), *((name.capitalize(), name) for name in SKIES)],
            self._choose_sky,
        )
        self.row("Sky", self.sky)
        self.turn = self.slider("Turned", 0, 360, lambda *_: None, decimals=0, unit="°", hint="About the vertical")
        self.strength = self.slider("Brightness", 0, 3, lambda *_: None, hint="Its mean radiance")
        self.turn.moved.connect(lambda value: self._move_sky(turn=round(value)))
        self.strength.moved.connect(lambda value: self._move_sky(strength=round(value, 2)))
        self._reason = why_not_traced()
        if self._reason:
            for name in SKIES:
                refuse(self.sky, name, self._reason)

    def draw(self, choice: PersonChoice, scene: Scene, shown: PeopleShown) -> None:
        """Show the light, as far as one lamp can be it."""
        light = LampLight.of(scene.light)
        for name, slider in self.lamp.items():
            put(slider, getattr(light, name))
        known = next((name for name, one in PRESETS.items() if one.harmonics() == scene.light), None)
        choose(self.preset, known)
        choose(self.sky, None if scene.sky is None else scene.sky.name)
        for slider in (self.turn, self.strength):
            slider.setVisible(scene.sky is not None)
        if scene.sky is not None:
            put(self.turn, scene.sky.turn)
            put(self.strength, scene.sky.strength)

    def _choose_sky(self, name: str | None) -> None:
        known = {str(one): one for one in SKIES}
        sky = None if name is None else known[name]
        self._dispatcher.send(lambda app: app.controller(PicturesController).set_sky(sky))

    def _move_sky(self, **changes: float) -> None:
        box, known = self.sky.currentData(), {str(one): one for one in SKIES}
        if box is not None:
            self._dispatcher.send(lambda app: app.controller(PicturesController).set_sky(known[box], **changes))


class BackgroundPage(ScenePage):
    """What is behind, where no sky is."""

    def __init__(self, dispatcher: CommandDispatcher) -> None:
        super().__init__(dispatcher)
        self.kind = choice_box(
            "what is behind the person",
            [("One colour", "plain"), ("A slope of two", "gradient"), ("A room out of focus", "blurred")],
            lambda kind: self.command(lambda person: person.change_background(kind=kind)),
        )
        self.colour = QPushButton("Colour…")
        self.colour.setToolTip("Choose the colour; other colours of the background follow it")
        self.colour.setAutoDefault(False)
        self.colour.clicked.connect(self._ask)
        self.row("Behind", self.kind, self.colour)
        self.note = QLabel("A sky stands behind the person: see Light.")
        self.note.setObjectName("faint")
        self.note.setWordWrap(True)
        self.column.addWidget(self.note)
        self._background = Background()

    def draw(self, choice: PersonChoice, scene: Scene, shown: PeopleShown) -> None:
        """Show what is chosen."""
        self._background = scene.background
        choose(self.kind, scene.background.kind)
        for part in (self.kind, self.colour):
            part.setEnabled(scene.sky is None)
        self.note.setVisible(scene.sky is not None)

    def _ask(self) -> None:
        red, green, blue = self._background.colours[0]
        colour = QColorDialog.getColor(QColor.fromRgbF(red, green, blue), self, "Background")
        if colour.isValid():
            chosen = round(colour.redF(), 4), round(colour.greenF(), 4), round(colour.blueF(), 4)
            self.command(lambda person: person.change_background(colour=chosen))


def _spaced(unit: str) -> str:
    """A unit's name as words: "mouthSmileLeft" is "mouth smile left"."""
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in unit)
