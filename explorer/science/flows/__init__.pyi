from .bijection import Bijection
from .distances import contrastive_loss, wasserstein_distance
from .gaussians import ClassGaussians
from .settings import MetricSettings

__all__ = [
    "Bijection",
    "ClassGaussians",
    "MetricSettings",
    "contrastive_loss",
    "wasserstein_distance",
]
