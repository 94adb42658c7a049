from .parameter_vectors import GroupVectors, confusion, group_vectors, separating_vector
from .population import draw_person, draw_scene
from .scene import Person, Scene

__all__ = [
    "GroupVectors",
    "Person",
    "Scene",
    "confusion",
    "draw_person",
    "draw_scene",
    "group_vectors",
    "separating_vector",
]
