"""A latent space with handles: an invertible translator of W+ (DIFFUSE, section 5)."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
