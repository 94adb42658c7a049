from .classifier import AttributeClassifier
from .network import Translator
from .settings import ClassifierSettings, TranslatorSettings

__all__ = ["AttributeClassifier", "ClassifierSettings", "Translator", "TranslatorSettings"]
