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
]
