"""Networks that a user brings: told from their files alone, nothing in which is executed."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
