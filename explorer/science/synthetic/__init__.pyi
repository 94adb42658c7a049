from .gender_vectors import GenderCoefficients, judge_gender
from .labelled import Population, draw_labelled, draw_macros, draw_population
from .macro_model import MacroModel
from .parameter_vectors import GroupVectors, confusion, group_vectors, separating_vector
from .population import draw_person, draw_scene
from .rendered import Rendered, render_scenes
from .scene import Macros, Person, Scene

__all__ = [
    "GenderCoefficients",
    "GroupVectors",
    "MacroModel",
    "Macros",
    "Person",
    "Population",
    "Rendered",
    "Scene",
    "confusion",
    "draw_labelled",
    "draw_macros",
    "draw_person",
    "draw_population",
    "draw_scene",
    "group_vectors",
    "judge_gender",
    "render_scenes",
    "separating_vector",
]
