"""One typed description of a person and of a picture of them: saved, read back, and drawn alike by every renderer.

Lengths are millimetres and angles degrees; axes are the camera's: x right, y up, z toward the viewer.
Shares and strengths go from 0 to 1. Nothing here needs torch.
"""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

LARGEST_SEED = 2**31 - 1
GROUPS = ("african", "asian", "caucasian")
"""MakeHuman's own names of the three targets that its heads are mixed of."""
GENDERS = ("female", "male")
COMPONENTS, COLOURS, UNITS, HARMONICS = 80, 4, 52, 9
# In MakeHuman's years: where its slider of age calls a head young, and where old.
_YOUNG, _OLD = 25.0, 90.0
# Further from the mean than this a component of shape is no face.
FURTHEST = 4.0

Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Deviations = Annotated[float, Field(ge=-FURTHEST, le=FURTHEST, allow_inf_nan=False)]
Seed = Annotated[int, Field(ge=0, le=LARGEST_SEED)]
Light = tuple[float, float, float]

HairStyle = Literal["none", "cropped", "short", "medium", "long"]
BeardStyle = Literal["none", "stubble", "moustache", "goatee", "full"]
GlassesShape = Literal["round", "oval", "square"]
BackgroundKind = Literal["plain", "gradient", "blurred"]
SkyName = Literal[
    "apartment",
    "bridge",
    "city",
    "dawn",
    "esplanade",
    "forest",
    "hall",
    "lab",
    "lobby",
    "night",
    "park",
    "sky",
    "studio",
    "sunrise",
    "sunset",
    "venice",
    "warehouse",
    "workshop",
]
SKIES: tuple[SkyName, ...] = get_args(SkyName)


class _Values(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Skin(_Values):
    """What is seen of the skin beside the model's colours. seed: of where spots lie."""

    redness: Share = Field(0.3, description="blood in cheeks, nose and ears")
    lips: Share = Field(0.5, description="how much the lips stand out")
    freckles: Share = Field(0.0, description="how many and how dark")
    gloss: Share = Field(0.4, description="how much the skin shines")
    seed: Seed = 0


class Eyes(_Values):
    """Both eyes, alike."""

    melanin: Share = Field(0.7, description="of the iris: 0 blue or grey, 1 dark brown")
    green: Share = Field(0.0, description="yellow pigment of the iris, seen where there is little melanin")
    iris: float = Field(5.9, ge=5.2, le=6.6, description="radius of the iris")
    pupil: float = Field(1.6, ge=0.9, le=3.5, description="radius of the pupil")
    redness: Share = Field(0.2, description="blood in the white of the eye")


class Pigment(_Values):
    """The colour of hairs, by what gives it to them."""

    melanin: Share = Field(0.7, description="0 white blond, 1 black")
    red: Share = Field(0.1, description="of the melanin, how much is pheomelanin")
    grey: Share = Field(0.0, description="how many hairs have lost their colour")


class Hair(_Values):
    """Hair of the head. seed: of its strands."""

    style: HairStyle = "short"
    length: float = Field(60.0, ge=1, le=500, description="of a strand")
    volume: float = Field(8.0, ge=1, le=40, description="how far it stands off the scalp")
    curl: Share = 0.2
    parting: float = Field(0.0, ge=-1, le=1, description="where it parts: -1 the person's right, 0 the middle, 1 left")
    recession: Share = Field(0.1, description="how far the hairline has gone up")
    seed: Seed = 0


class Brows(_Values):
    """Both eyebrows, alike."""

    thickness: float = Field(7.0, ge=2, le=14, description="height of the brow at its thickest")
    density: Share = 0.6


class Beard(_Values):
    """Hair of the face. seed: of its hairs."""

    style: BeardStyle = "none"
    length: float = Field(8.0, ge=0.5, le=60)
    density: Share = 0.7
    seed: Seed = 0


class Glasses(_Values):
    """A pair of glasses."""

    shape: GlassesShape = "oval"
    width: float = Field(46.0, ge=36, le=60, description="of a lens")
    height: float = Field(34.0, ge=24, le=52, description="of a lens")
    rim: float = Field(2.0, ge=0.8, le=5, description="thickness of the rim")
    colour: tuple[Share, Share, Share] = (0.03, 0.03, 0.03)


class Hat(_Values):
    """A woollen hat."""

    colour: tuple[Share, Share, Share] = (0.1, 0.1, 0.2)


class Macros(_Values):
    """Where the sliders of MakeHuman stand of which a head was made: labels that are true, as its authors name shapes.

    They are sliders of a modelling programme, not of people: no group and no gender of anybody.

    Example:
        >>> from explorer.science.synthetic import Macros
        >>> Macros(groups=(0.1, 0.7, 0.2), gender=0.8).group, Macros(groups=(1, 0, 0), gender=0.3).sex
        ('asian', 'female')
        >>> Macros(groups=(1, 0, 0), gender=0, age=0.4).years
        51.0
    """

    groups: tuple[Share, Share, Share] = Field(description="shares of african, asian and caucasian, in all 1")
    gender: Share = Field(description="0 what the slider calls female, 1 what it calls male")
    age: Share = Field(0.5, description="0 what the slider calls young, 1 what it calls old")
    weight: float = Field(0.0, ge=-1, le=1, description="-1 least, 1 most")

    @property
    def group(self) -> str:
        """The group that has the largest share."""
        return GROUPS[self.groups.index(max(self.groups))]

    @property
    def sex(self) -> str:
        """The nearer end of the slider of gender."""
        return GENDERS[self.gender > 0.5]

    @property
    def years(self) -> float:
        """The age that MakeHuman names where its slider stands: from 25 where it calls a head young to 90."""
        return round(_YOUNG + (_OLD - _YOUNG) * self.age, 2)

    @field_validator("groups")
    @classmethod
    def _groups_whole(cls, groups: tuple[float, float, float]) -> tuple[float, float, float]:
        if abs(sum(groups) - 1) > 1e-3:
            raise ValueError("shares of groups add up to 1")
        return groups


class Person(_Values):
    """Somebody who never was: all that stays the same from picture to picture.

    identity: (<= 80) of the morphable model, in deviations; those left out are 0.
    colours: (<= 4) of the morphable model's albedo, in deviations; the first goes from dark to light.

    Example:
        >>> from explorer.science.synthetic import Person, draw_person
        >>> person = draw_person(7)
        >>> Person.model_validate_json(person.model_dump_json()) == person == draw_person(7)
        True
    """

    seed: Seed | None = Field(None, description="from which the person was drawn, if from one")
    identity: tuple[Deviations, ...] = Field((), max_length=COMPONENTS)
    colours: tuple[Deviations, ...] = Field((), max_length=COLOURS)
    skin: Skin = Skin()
    eyes: Eyes = Eyes()
    pigment: Pigment = Pigment()
    hair: Hair = Hair()
    brows: Brows = Brows()
    lashes: Share = Field(0.5, description="length and darkness")
    beard: Beard = Beard()
    macros: Macros | None = Field(None, description="where the sliders stood of which the head was made, if of any")


class Camera(_Values):
    """Where the picture is taken from. distance: to the middle of the face; None for an orthographic camera."""

    height: float = Field(260.0, ge=80, le=1000, description="what the picture shows from top to bottom, at the face")
    shift: tuple[float, float] = Field((0.0, 0.0), description="of the face, right and up, in heights of the picture")
    distance: float | None = Field(None, ge=350, le=20_000)

    @field_validator("shift")
    @classmethod
    def _shift_in_picture(cls, shift: tuple[float, float]) -> tuple[float, float]:
        if not all(abs(one) <= 0.5 for one in shift):
            raise ValueError("the face must lie in the picture: shifts go from -0.5 to 0.5")
        return shift


class Background(_Values):
    """What is behind: colours as displayed (sRGB). seed: of the blobs of a blurred one."""

    kind: BackgroundKind = "plain"
    colours: tuple[tuple[Share, Share, Share], ...] = Field(((0.5, 0.5, 0.5),), min_length=1, max_length=8)
    seed: Seed = 0


class Sky(_Values):
    """A photographed sky or room that lights a scene and stands behind it. turn: about the vertical, in degrees."""

    name: SkyName
    turn: float = Field(0.0, ge=0, le=360)
    strength: float = Field(0.8, ge=0, le=20, description="mean radiance from all around")


class Scene(_Values):
    """One picture of one person.

    yaw, pitch, roll: as of `geometry.rotation_from_angles`. expression: strengths of the model's units by their names.
    light: nine harmonics with a colour each, linear (`geometry.lighting`); gaze: right and up in the picture.

    Example:
        >>> from explorer.science.synthetic import Scene
        >>> Scene(yaw=20).person.hair.style
        'short'
        >>> try:
        ...     Scene(yaw=1000)
        ... except ValueError as error:
        ...     print("less than or equal to 180" in str(error))
        True
    """

    person: Person = Person()
    seed: Seed | None = Field(None, description="from which the picture was drawn, if from one")
    yaw: float = Field(0.0, ge=-180, le=180, allow_inf_nan=False)
    pitch: float = Field(0.0, ge=-90, le=90, allow_inf_nan=False)
    roll: float = Field(0.0, ge=-180, le=180, allow_inf_nan=False)
    gaze: tuple[float, float] = Field((0.0, 0.0), description="of the eyes against the head")
    expression: tuple[tuple[str, Share], ...] = Field((), max_length=UNITS)
    light: tuple[Light, ...] = ((1.0, 1.0, 1.0), *(((0.0, 0.0, 0.0),) * (HARMONICS - 1)))
    camera: Camera = Camera()
    background: Background = Background()
    sky: Sky | None = Field(None, description="of which light is then as much as nine harmonics hold")
    clothes: tuple[Share, Share, Share] = Field((0.12, 0.14, 0.2), description="colour, linear")
    glasses: Glasses | None = None
    hat: Hat | None = None

    @field_validator("gaze")
    @classmethod
    def _gaze_possible(cls, gaze: tuple[float, float]) -> tuple[float, float]:
        if not all(abs(one) <= 40 for one in gaze):
            raise ValueError("eyes turn by at most 40 degrees")
        return gaze

    @field_validator("light")
    @classmethod
    def _light_whole(cls, light: tuple[Light, ...]) -> tuple[Light, ...]:
        if len(light) != HARMONICS:
            raise ValueError(f"light has {HARMONICS} harmonics, not {len(light)}")
        if not all(abs(value) <= 20 for colour in light for value in colour):
            raise ValueError("light goes from -20 to 20")
        return light

    @model_validator(mode="after")
    def _units_once(self) -> Scene:
        names = [name for name, _ in self.expression]
        if len(set(names)) < len(names):
            raise ValueError("a unit of expression is given twice")
        return self
