from .attack_goals import SimilarityGoal
from .attack_scores import attack_success
from .attack_settings import AttackSettings
from .attacks import attack
from .degradations import DEGRADATIONS, Degradation, degraded
from .geometry import ALTERATIONS, Alteration, AlterationError, alteration_matrix, alteration_of, altered
from .geometry_maps import EmbeddingMap, FittedOn, MapError, MapOf, fit_map
from .occlusion import Cover, Occlusion, occluded, region_patch
from .quality import qualities_of
from .template_verification import TemplateCurve, curve_of, draw_photographs
from .templates import QualityRule, TemplateError, centroids_of, template_of

__all__ = [
    "ALTERATIONS",
    "DEGRADATIONS",
    "Alteration",
    "AlterationError",
    "AttackSettings",
    "Cover",
    "Degradation",
    "EmbeddingMap",
    "FittedOn",
    "MapError",
    "MapOf",
    "Occlusion",
    "QualityRule",
    "SimilarityGoal",
    "TemplateCurve",
    "TemplateError",
    "alteration_matrix",
    "alteration_of",
    "altered",
    "attack",
    "attack_success",
    "centroids_of",
    "curve_of",
    "degraded",
    "draw_photographs",
    "fit_map",
    "occluded",
    "qualities_of",
    "region_patch",
    "template_of",
]
