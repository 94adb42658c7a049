from .descent import rate_factor
from .phases import Phase, run_phases
from .presets import Preset
from .regressor import LatentRegressor
from .settings import InversionSettings
from .step import InversionStep, to_uint8

__all__ = [
    "InversionSettings",
    "InversionStep",
    "LatentRegressor",
    "Phase",
    "Preset",
    "rate_factor",
    "run_phases",
    "to_uint8",
]
