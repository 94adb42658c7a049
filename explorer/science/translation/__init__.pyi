from .classifier import AttributeClassifier
from .halves import identity_half, mixed, other_half
from .halves_settings import HalvesSettings
from .network import Translator
from .settings import ClassifierSettings, TranslatorSettings

__all__ = [
    "AttributeClassifier",
    "ClassifierSettings",
    "HalvesSettings",
    "Translator",
    "TranslatorSettings",
    "identity_half",
    "mixed",
    "other_half",
]
