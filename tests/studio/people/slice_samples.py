"""Values of the slices of people who never were: one in view, and what is true of the session's photograph."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from explorer.science.synthetic.population import draw_person, draw_scene
from explorer.studio.people.choice import PersonChoice, Rendering
from explorer.studio.people.picture_truth import PictureTruth
from explorer.studio.people.state import PEOPLE_SHOWN, PERSON, TRUTHS, DrawnPicture, DrawnTile, PeopleShown
from explorer.studio.session.slices import Slice
from tests.studio.slice_kit import PIXELS, SHA

SCENE = draw_scene(draw_person(7), 1)
RENDERING = Rendering(size=64)
TRUTH = PictureTruth(
    scene=SCENE,
    rendering=RENDERING,
    landmarks=tuple((float(place), 32.0) for place in range(68)),
    landmarks_seen=(True,) * 60 + (False,) * 8,
)


def samples() -> Mapping[Slice[Any], Any]:
    choice = PersonChoice(seed=7, by_sliders=False, number=1, scene=SCENE, rendering=RENDERING, touched=True)
    picture = DrawnPicture(PIXELS, RENDERING, truth=TRUTH)
    shown = PeopleShown(watched=True, raster=picture, tiles=(DrawnTile(7, PIXELS),), sent="person 7")
    return {PERSON: choice, PEOPLE_SHOWN: shown, TRUTHS: {SHA: TRUTH}}
