"""Likeness: a desktop explorer of what a face identity embedding gives away, and its methods as a library."""

import lazy_loader

__version__ = "0.1.0"

# What `explorer.api` offers, loaded when it is first asked for: importing the package costs no torch.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
