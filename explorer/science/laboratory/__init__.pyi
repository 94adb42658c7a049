from .attack_goals import SimilarityGoal
from .attack_scores import attack_success
from .attack_settings import AttackSettings
from .attacks import attack

__all__ = [
    "AttackSettings",
    "SimilarityGoal",
    "attack",
    "attack_success",
from .degradations import DEGRADATIONS, Degradation, degraded
from .quality import qualities_of
from .template_verification import TemplateCurve, curve_of, draw_photographs
from .templates import QualityRule, TemplateError, centroids_of, template_of

__all__ = [
    "DEGRADATIONS",
    "Degradation",
    "QualityRule",
    "TemplateCurve",
    "TemplateError",
    "centroids_of",
    "curve_of",
    "degraded",
    "draw_photographs",
    "qualities_of",
    "template_of",
from .geometry import ALTERATIONS, Alteration, AlterationError, alteration_matrix, alteration_of, altered
from .geometry_maps import EmbeddingMap, FittedOn, MapError, MapOf, fit_map
from .occlusion import Cover, Occlusion, occluded, region_patch

__all__ = [
    "ALTERATIONS",
    "Alteration",
    "AlterationError",
    "Cover",
    "EmbeddingMap",
    "FittedOn",
    "MapError",
    "MapOf",
    "Occlusion",
    "alteration_matrix",
    "alteration_of",
    "altered",
    "fit_map",
    "occluded",
    "region_patch",
]
