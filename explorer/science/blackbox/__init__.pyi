from .linear import LinearMap, fit_linear

__all__ = [
    "LinearMap",
    "fit_linear",
]
