"""Students: networks with gradients that learn to answer as an encoder does that has none (Vec2Face-v2, IV-G)."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
