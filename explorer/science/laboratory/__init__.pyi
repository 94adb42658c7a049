from .attack_goals import SimilarityGoal
from .attack_scores import attack_success
from .attack_settings import AttackSettings
from .attacks import attack
from .degradations import Degradation
from .geometry import Alteration, alteration_matrix, alteration_of, altered
from .geometry_maps import MapOf, fit_map
from .occlusion import Cover, occluded, region_patch
from .templates import QualityRule, template_of

__all__ = [
    "Alteration",
    "AttackSettings",
    "Cover",
    "Degradation",
    "MapOf",
    "QualityRule",
    "SimilarityGoal",
    "alteration_matrix",
    "alteration_of",
    "altered",
    "attack",
    "attack_success",
    "fit_map",
    "occluded",
    "region_patch",
    "template_of",
]
