"""People who never were: drawn from seeds with every label exact, and vectors of groups among them (DIFFUSE, section 6)."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
