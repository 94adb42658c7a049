"""Who is drawn: seeds, among whom, sliders whose places are labels, and vectors."""

from __future__ import annotations

from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QSizePolicy

from explorer.science.synthetic.scene import GENDERS, GROUPS, LARGEST_SEED, Scene
from explorer.studio.errors import UserError
from explorer.studio.people.choice import PersonChoice
from explorer.studio.people.shape_vectors import ABOUT, ShapeVector, shape_vectors
from explorer.studio.people.state import PeopleShown
from explorer.ui.base.dispatcher import CommandDispatcher
from explorer.ui.people.page import ScenePage, choice_box, choose, put, tick
from explorer.ui.widgets.captioned import section_title
from explorer.ui.widgets.icon_button import icon_button
from explorer.ui.widgets.number_field import NumberField
from explorer.ui.widgets.value_slider import ValueSlider

WIDEST = 4.0
BY_CHANCE = "chance"
ANY = "any"
NO_SLIDERS = "This person was not drawn by sliders, or was moved along a vector since: no label says where they stand."


class SeedPage(ScenePage):
    """The person's seed and the picture's number, and among whom people are drawn."""

    def __init__(self, dispatcher: CommandDispatcher) -> None:
        super().__init__(dispatcher)
        self.seed, self.number = _whole("the person's seed"), _whole("the number of the person's picture")
        self.before, self.after = icon_button("before", "The person before"), icon_button("after", "The next person")
        self.dice = icon_button("dice", "Somebody of a random seed")
        self.reset = icon_button("reset", "Person and picture as their seeds have them")
        self.picture_before = icon_button("before", "The picture before")
        self.picture_after = icon_button("after", "The next picture: another pose, light, expression and background")
        self.keep = QCheckBox("Keep the picture")
        self.keep.setToolTip("The next person is seen in this pose, light and expression")
        self.whom = choice_box(
            "how people are drawn: by MakeHuman's sliders, which are true labels, or by chance in the model's space",
            [("Any group", ANY), *((group.capitalize(), group) for group in GROUPS), ("No labels", BY_CHANCE)],
            self._choose_whom,
        )
        self.gender = choice_box(
            "the end that the slider of gender is nearer to",
            [("Any gender", ANY), *((gender.capitalize(), gender) for gender in GENDERS)],
            lambda gender: self.command(lambda person: person.draw_among(gender=_said(gender))),
        )
        self.row("Person", self.seed, self.before, self.after, self.dice)
        self.row("Picture", self.number, self.picture_before, self.picture_after, self.reset)
        self.row("Among", self.whom, self.gender)
        line = QHBoxLayout()
        line.addWidget(self.keep)
        line.addStretch()
        self.column.addLayout(line)
        self._connect()

    def _connect(self) -> None:
        self.seed.valueChanged.connect(lambda value: self.command(lambda person: person.show(round(value))))
        self.number.valueChanged.connect(lambda value: self.command(lambda person: person.show_picture(round(value))))
        self.before.clicked.connect(lambda: self.command(lambda person: person.show_next(-1)))
        self.after.clicked.connect(lambda: self.command(lambda person: person.show_next()))
        self.dice.clicked.connect(lambda: self.command(lambda person: person.show_random()))
        self.reset.clicked.connect(lambda: self.command(lambda person: person.reset()))
        self.picture_before.clicked.connect(lambda: self._step(-1))
        self.picture_after.clicked.connect(lambda: self._step(1))
        self.keep.toggled.connect(lambda on: self.command(lambda person: person.keep_picture(on)))

    def draw(self, choice: PersonChoice, scene: Scene, shown: PeopleShown) -> None:
        """Show what is chosen."""
        for field, value in ((self.seed, choice.seed), (self.number, choice.number)):
            if round(field.value()) != value:
                field.blockSignals(True)
                field.setValue(value)
                field.blockSignals(False)
        tick(self.keep, choice.keep)
        choose(self.whom, (choice.group or ANY) if choice.by_sliders else BY_CHANCE)
        choose(self.gender, choice.gender or ANY)
        self.gender.setEnabled(choice.by_sliders)

    def _step(self, by: int) -> None:
        number = round(self.number.value()) + by
        self.command(lambda person: person.show_picture(number))

    def _choose_whom(self, whom: str) -> None:
        if whom == BY_CHANCE:
            self.command(lambda person: person.draw_among(by_sliders=False, group=None, gender=None))
        else:
            self.command(lambda person: person.draw_among(by_sliders=True, group=_said(whom)))


class SlidersPage(ScenePage):
    """MakeHuman's sliders of a labelled person: wherever they are moved, they are the person's labels."""

    def __init__(self, dispatcher: CommandDispatcher) -> None:
        super().__init__(dispatcher)
        self.note = _words(ABOUT)
        self.sliders: dict[str, ValueSlider] = {}
        for name, low, hint in (
            ("gender", 0.0, "0 what MakeHuman calls female, 1 what it calls male"),
            ("age", 0.0, "0 what it calls young, 1 what it calls old"),
            ("weight", -1.0, "-1 least, 1 most"),
            *((group, 0.0, f"The share of {group}; the others fill what is left") for group in GROUPS),
        ):
            self.sliders[name] = self.slider(
                name.capitalize(), low, 1.0, lambda person, value, name=name: person.slide(name, value), hint=hint
            )
        self.column.addWidget(self.note)

    def draw(self, choice: PersonChoice, scene: Scene, shown: PeopleShown) -> None:
        """Show where the sliders stand."""
        macros = scene.person.macros
        self.note.setText(ABOUT if macros is not None else NO_SLIDERS)
        for slider in self.sliders.values():
            slider.setEnabled(macros is not None)
        if macros is None:
            return
        places = {"gender": macros.gender, "age": macros.age, "weight": macros.weight}
        places |= dict(zip(GROUPS, macros.groups, strict=True))
        for name, slider in self.sliders.items():
            put(slider, places[name])


class VectorsPage(ScenePage):
    """How far the person lies along the vectors of groups and gender; moving them takes the labels away."""

    def __init__(self, dispatcher: CommandDispatcher) -> None:
        super().__init__(dispatcher)
        self.sliders: dict[str, ValueSlider] = {}
        self._vectors: tuple[ShapeVector, ...] | None = None
        self.note = _words(
            "In deviations of the model. Whoever is moved has no labels of group, gender and age any more."
        )

    def draw(self, choice: PersonChoice, scene: Scene, shown: PeopleShown) -> None:
        """Show where the person lies; the vectors are read when they are first looked at."""
        if self._vectors is None:
            self._build()
        identity = scene.person.identity
        for one in self._vectors or ():
            along = sum(part * value for part, value in zip(one.unit, identity, strict=False))
            put(self.sliders[one.name], along)

    def _build(self) -> None:
        try:
            self._vectors = shape_vectors()
        except UserError as error:
            self._vectors = ()
            self.note.setText(str(error))
        kind = ""
        for one in self._vectors:
            if one.kind != kind:
                kind = one.kind
                self.column.addWidget(section_title(kind))
            self.sliders[one.name] = self.slider(
                one.name,
                -WIDEST,
                WIDEST,
                lambda person, value, one=one: person.move_along(one.name, one.unit, value),
                hint=one.hint,
                name_width=130,
            )
        self.column.addWidget(self.note)


def _whole(spoken: str) -> NumberField:
    field = NumberField(0, LARGEST_SEED, 0)
    field.setAccessibleName(spoken)
    # Ten digits are not always written: the field has what room there is.
    field.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    field.setMinimumWidth(60)
    field.setToolTip(spoken[:1].upper() + spoken[1:])
    return field


def _said(value: str) -> str | None:
    return None if value == ANY else value


def _words(text: str) -> QLabel:
    label = QLabel(text)
    label.setObjectName("faint")
    label.setWordWrap(True)
    return label
