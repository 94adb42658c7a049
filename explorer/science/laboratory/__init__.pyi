from .geometry import Alteration, alteration_matrix, alteration_of, altered
from .geometry_maps import MapOf, fit_map
from .occlusion import Cover, occluded, region_patch

__all__ = [
    "Alteration",
    "Cover",
    "MapOf",
    "alteration_matrix",
    "alteration_of",
    "altered",
    "fit_map",
    "occluded",
    "region_patch",
]
