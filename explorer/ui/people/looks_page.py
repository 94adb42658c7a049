"""What the person wears, and the hair of head and face."""

from __future__ import annotations

from typing import get_args

from explorer.science.synthetic.scene import BeardStyle, GlassesShape, HairStyle, Scene
from explorer.studio.people.choice import PersonChoice
from explorer.studio.people.state import PeopleShown
from explorer.ui.base.dispatcher import CommandDispatcher
from explorer.ui.people.page import ScenePage, choice_box, choose, put


class LooksPage(ScenePage):
    """Hair, beard, glasses and hat."""

    def __init__(self, dispatcher: CommandDispatcher) -> None:
        super().__init__(dispatcher)

        def words(values: tuple[str, ...]) -> list[tuple[str, object]]:
            return [(value.capitalize(), value) for value in values]

        self.glasses = choice_box(
            "glasses",
            [("None", None), *words(get_args(GlassesShape))],
            lambda shape: self.command(lambda person: person.wear_glasses(shape)),
        )
        self.hat = choice_box(
            "a hat",
            [("None", False), ("Woollen", True)],
            lambda on: self.command(lambda person: person.wear_hat(on)),
        )
        self.hair = choice_box(
            "how the hair is worn",
            words(get_args(HairStyle)),
            lambda style: self.command(lambda person: person.wear_hair(style)),
        )
        self.beard = choice_box(
            "the beard",
            words(get_args(BeardStyle)),
            lambda style: self.command(lambda person: person.change_person("beard", style=style)),
        )
        self.row("Glasses", self.glasses)
        self.row("Hat", self.hat)
        self.row("Hair", self.hair)
        self.length = self.slider(
            "Length",
            1,
            350,
            lambda person, value: person.change_person("hair", length=max(value, 1.0)),
            decimals=0,
            unit=" mm",
            hint="Of a strand",
        )
        self.curl = self.slider(
            "Curl", 0, 1, lambda person, value: person.change_person("hair", curl=value), hint="0 straight, 1 curled"
        )
        self.melanin = self.slider(
            "Darkness",
            0,
            1,
            lambda person, value: person.change_person("pigment", melanin=value),
            hint="Of hair, brows and beard: 0 white blond, 1 black",
        )
        self.red = self.slider(
            "Red",
            0,
            1,
            lambda person, value: person.change_person("pigment", red=value),
            hint="Red pigment of the hair",
        )
        self.grey = self.slider(
            "Grey",
            0,
            1,
            lambda person, value: person.change_person("pigment", grey=value),
            hint="How many hairs have lost their colour",
        )
        self.row("Beard", self.beard)

    def draw(self, choice: PersonChoice, scene: Scene, shown: PeopleShown) -> None:
        """Show what is chosen."""
        person = scene.person
        choose(self.glasses, None if scene.glasses is None else scene.glasses.shape)
        choose(self.hat, scene.hat is not None)
        choose(self.hair, person.hair.style)
        choose(self.beard, person.beard.style)
        self.length.setEnabled(person.hair.style != "none")
        self.curl.setEnabled(person.hair.style not in ("none", "cropped"))
        for slider, value in (
            (self.length, person.hair.length),
            (self.curl, person.hair.curl),
            (self.melanin, person.pigment.melanin),
            (self.red, person.pigment.red),
            (self.grey, person.pigment.grey),
        ):
            put(slider, value)
