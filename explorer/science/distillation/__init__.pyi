from .agreement import Agreement, agreement
from .losses import distillation_loss
from .settings import StudentSettings
from .student import Student

__all__ = [
    "Agreement",
    "Student",
    "StudentSettings",
    "agreement",
    "distillation_loss",
]
