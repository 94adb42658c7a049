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
