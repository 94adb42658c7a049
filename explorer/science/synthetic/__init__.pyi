from .parameter_vectors import GroupVectors, confusion, group_vectors, separating_vector
from .population import draw_person, draw_scene
from .rendered import Rendered, render_scenes
from .scene import Person, Scene

__all__ = [
    "GroupVectors",
    "Person",
    "Rendered",
    "Scene",
    "confusion",
    "draw_person",
    "draw_scene",
    "group_vectors",
    "render_scenes",
    "separating_vector",
]
