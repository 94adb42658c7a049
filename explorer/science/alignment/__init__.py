"""3D alignment learnt from who is seen: the 3DMM spatial transformer of the thesis, chapter 5."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
