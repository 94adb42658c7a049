from .agreeing import agreement
from .losses import distillation_loss
from .settings import StudentSettings
from .student import Student

__all__ = [
    "Student",
    "StudentSettings",
    "agreement",
    "distillation_loss",
]
