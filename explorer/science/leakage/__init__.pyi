from .calibration import ProbabilityCalibrator, expected_calibration_error, fit_calibrator
from .edits import PictureEdit, VectorEdit
from .histogram import colour_histogram, earth_movers_distance, soft_histogram
from .perturb import perturbed
from .read import ProbeSet
from .readout import MetricValue, Readout
from .retouch import retouched

__all__ = [
    "MetricValue",
    "PictureEdit",
    "ProbabilityCalibrator",
    "ProbeSet",
    "Readout",
    "VectorEdit",
    "colour_histogram",
    "earth_movers_distance",
    "expected_calibration_error",
    "fit_calibrator",
    "perturbed",
    "retouched",
    "soft_histogram",
]
