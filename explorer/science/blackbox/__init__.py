"""Attacks on an encoder that answers nothing but embeddings: no weights, no gradients."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
