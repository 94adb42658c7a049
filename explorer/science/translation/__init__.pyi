from .halves import identity_half, mixed, other_half
from .halves_settings import HalvesSettings
from .network import Translator

__all__ = ["HalvesSettings", "Translator", "identity_half", "mixed", "other_half"]
