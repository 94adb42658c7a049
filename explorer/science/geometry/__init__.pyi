from .fitting import FaceFit, fit_landmarks
from .landmarks import landmark_basis
from .mesh import vertex_normals
from .morphable_model import MorphableModel, MorphableModelError
from .projection import Pose, project
from .rendering import render
from .rotation import geodesic_distance, nearest_rotation, pitch_of, roll_of, rotation_from_angles, yaw_of
from .uv import complete
from .visibility import vertex_visibility

__all__ = [
    "FaceFit",
    "MorphableModel",
    "MorphableModelError",
    "Pose",
    "complete",
    "fit_landmarks",
    "geodesic_distance",
    "landmark_basis",
    "nearest_rotation",
    "pitch_of",
    "project",
    "render",
    "roll_of",
    "rotation_from_angles",
    "vertex_normals",
    "vertex_visibility",
    "yaw_of",
]
