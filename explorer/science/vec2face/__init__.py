"""Generators that turn a vector into a face in one pass, and what they are taught by (Vec2Face-v2, III-B and V)."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
