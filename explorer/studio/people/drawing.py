"""The people of settings, and scenes as pictures by the renderer that they name; the truth is the same with both."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache

from explorer.science.geometry.morphable_model import MorphableModel
from explorer.science.synthetic.developing import developed
from explorer.science.synthetic.labelled import draw_labelled
from explorer.science.synthetic.population import draw_person
from explorer.science.synthetic.preparing import traceable
from explorer.science.synthetic.rendered import Rendered, render_scenes
from explorer.science.synthetic.scene import Person, Scene
from explorer.science.synthetic.surfaces import Floats
from explorer.studio.errors import Cancelled
from explorer.studio.geometry.fitting import load_morphable_model
from explorer.studio.people.macro_file import load_macro_model
from explorer.studio.people.path_tracer import PathTracer
from explorer.studio.people.skies import load_sky, under_sky
from explorer.studio.people.values import PeopleSettings


def person_of_seed(seed: int, settings: PeopleSettings) -> Person:
    """The person whom settings make of a seed: labelled where they are drawn by sliders, whatever the renderer.

    Raises:
        UserError: the file of sliders' effects is missing or damaged.
    """
    if settings.by_sliders:
        return draw_labelled(seed, load_macro_model(), settings.group, settings.gender)
    return draw_person(seed)


@cache
def people_model() -> MorphableModel:
    """The model that people are drawn with; what is found out once about it is kept with it.

    Raises:
        UserError: its file is missing or damaged.
    """
    return load_morphable_model()


def drawn_people(
    scenes: Sequence[Scene],
    settings: PeopleSettings,
    model: MorphableModel,
    done: Callable[[float], object] = lambda count: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Iterator[Rendered]:
    """Draw scenes one after the other; a traced picture has the depth, normals and segments of the rasteriser.

    Args:
        done: told how many pictures are done, and how much of the next. should_stop: asked again and again.

    Raises:
        ModuleNotFoundError: path tracing, or a sky, needs what is not installed.
        UserError, TracingError: a sky is not here, or the process that traces failed.
        Cancelled: `should_stop` became true.
    """
    if settings.renderer == "raster" and settings.sky is None:
        for rendered in render_scenes(scenes, model, settings.size):
            if should_stop():
                raise Cancelled
            yield rendered
        return
    with PathTracer(settings.variant, should_stop) as tracer:
        skies: dict[str, Floats] = {}
        if settings.sky is not None:
            skies[settings.sky] = even = load_sky(settings.sky, tracer)
            scenes = [under_sky(scene, settings.sky, even) for scene in scenes]
        for count, rendered in enumerate(render_scenes(scenes, model, settings.size, skies=skies)):
            yield _traced(rendered, settings, tracer, count, done) if settings.renderer == "path" else rendered


def drawn_scene(
    scene: Scene,
    settings: PeopleSettings,
    model: MorphableModel,
    done: Callable[[float], object] = lambda count: None,
    should_stop: Callable[[], bool] = lambda: False,
    skies: dict[str, Floats] | None = None,
) -> Rendered:
    """Draw one scene as it stands, under its own sky.

    Args:
        done, should_stop: as of `drawn_people`. skies: maps that are known already; what is loaded is added.

    Raises:
        ModuleNotFoundError, UserError, TracingError, Cancelled: as of `drawn_people`.
    """
    known: dict[str, Floats] = {} if skies is None else skies
    sky = None if scene.sky is None else scene.sky.name
    if settings.renderer == "raster" and (sky is None or sky in known):
        (rendered,) = render_scenes([scene], model, settings.size, skies=known)
        return rendered
    with PathTracer(settings.variant, should_stop) as tracer:
        if sky is not None and sky not in known:
            known[sky] = load_sky(sky, tracer)
        (rendered,) = render_scenes([scene], model, settings.size, skies=known)
        return _traced(rendered, settings, tracer, 0, done) if settings.renderer == "path" else rendered


def _traced(
    rendered: Rendered, settings: PeopleSettings, tracer: PathTracer, count: int, done: Callable[[float], object]
) -> Rendered:
    picture = traceable(rendered.scene, rendered.portrait, settings.spectrum)
    seed = rendered.scene.seed or 0
    image = tracer.trace(picture, settings.samples, seed, lambda known: done(count + 0.99 * known / settings.samples))
    background = rendered.portrait.background.double().numpy()
    return replace(rendered, pixels=developed(image, background, settings.spectrum))
