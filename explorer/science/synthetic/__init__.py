"""People who never were: vectors of groups in a morphable model's space (DIFFUSE, section 6)."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
