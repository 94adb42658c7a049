from .attack_goals import SimilarityGoal
from .attack_scores import attack_success
from .attack_settings import AttackSettings
from .attacks import attack

__all__ = [
    "AttackSettings",
    "SimilarityGoal",
    "attack",
    "attack_success",
]
