from .network import Translator

__all__ = ["Translator"]
