"""Invertible networks, and distances of pictures that are taken between their latents (Vec2Face-v2, section IV)."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
