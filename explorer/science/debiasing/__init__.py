"""Embeddings from which an attribute cannot be read: adversarial debiasing of the thesis, section 3.3."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
