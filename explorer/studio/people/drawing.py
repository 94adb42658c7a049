"""The people of settings, and scenes as pictures by the renderer that they name; the truth is the same with both."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace

from explorer.science.geometry.morphable_model import MorphableModel
from explorer.science.synthetic.developing import developed
from explorer.science.synthetic.labelled import draw_labelled
from explorer.science.synthetic.population import draw_person
from explorer.science.synthetic.preparing import traceable
from explorer.science.synthetic.rendered import Rendered, render_scenes
from explorer.science.synthetic.scene import Person, Scene
from explorer.science.synthetic.surfaces import Floats
from explorer.studio.errors import Cancelled
from explorer.studio.people.cycles import CyclesTracer
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
        UserError, TracingError: a sky or Blender is not here, or the process that traces failed.
        Cancelled: `should_stop` became true.
    """
    if settings.renderer == "raster" and settings.sky is None:
        for rendered in render_scenes(scenes, model, settings.size):
            if should_stop():
                raise Cancelled
            yield rendered
        return
    with ExitStack() as running:
        tracer: PathTracer | CyclesTracer
        if settings.renderer == "path" and settings.variant == "cycles":
            tracer = running.enter_context(CyclesTracer(should_stop))
        else:
            variant = "scalar_rgb" if settings.variant == "cycles" else settings.variant
            tracer = running.enter_context(PathTracer(variant, should_stop))
        skies: dict[str, Floats] = {}
        if settings.sky is not None:
            # Only Mitsuba decodes skies.
            decoder = tracer if isinstance(tracer, PathTracer) else running.enter_context(PathTracer("scalar_rgb"))
            skies[settings.sky] = even = load_sky(settings.sky, decoder)
            scenes = [under_sky(scene, settings.sky, even) for scene in scenes]
        for count, rendered in enumerate(render_scenes(scenes, model, settings.size, skies=skies)):
            yield _traced(rendered, settings, tracer, count, done) if settings.renderer == "path" else rendered


def _traced(
    rendered: Rendered,
    settings: PeopleSettings,
    tracer: PathTracer | CyclesTracer,
    count: int,
    done: Callable[[float], object],
) -> Rendered:
    picture = traceable(rendered.scene, rendered.portrait, settings.spectrum)
    seed = rendered.scene.seed or 0
    image = tracer.trace(picture, settings.samples, seed, lambda known: done(count + 0.99 * known / settings.samples))
    background = rendered.portrait.background.double().numpy()
    return replace(rendered, pixels=developed(image, background, settings.spectrum))
