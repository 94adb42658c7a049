"""People who never were: drawn from seeds, every label exact; and vectors of groups of them (DIFFUSE, section 6)."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
