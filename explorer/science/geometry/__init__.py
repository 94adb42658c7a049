"""The face in 3D: morphable model, pose, projection, visibility, UV texture and fitting."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
