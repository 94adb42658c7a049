from .descent import rate_factor
from .presets import Preset
from .regressor import LatentRegressor
from .settings import InversionSettings
from .step import InversionStep, to_uint8

__all__ = [
    "InversionSettings",
    "InversionStep",
    "LatentRegressor",
    "Preset",
    "rate_factor",
    "to_uint8",
]
