from .calibration import ProbabilityCalibrator, expected_calibration_error, fit_calibrator
from .edits import PictureEdit, VectorEdit
from .histogram import colour_histogram, earth_movers_distance, soft_histogram
from .perturb import perturbed
from .picture_readout import PictureReadout
from .pictures import read_pictures
from .read import ProbeSet
from .readout import MetricValue, Readout
from .retouch import retouched

__all__ = [
    "MetricValue",
    "PictureEdit",
    "PictureReadout",
    "ProbabilityCalibrator",
    "ProbeSet",
    "Readout",
    "VectorEdit",
    "colour_histogram",
    "earth_movers_distance",
    "expected_calibration_error",
    "fit_calibrator",
    "perturbed",
    "read_pictures",
    "retouched",
    "soft_histogram",
]
