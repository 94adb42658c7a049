from .geometry import ALTERATIONS, Alteration, AlterationError, alteration_matrix, alteration_of, altered
from .geometry_maps import EmbeddingMap, FittedOn, MapError, MapOf, fit_map
from .occlusion import Cover, Occlusion, occluded, region_patch

__all__ = [
    "ALTERATIONS",
    "Alteration",
    "AlterationError",
    "Cover",
    "EmbeddingMap",
    "FittedOn",
    "MapError",
    "MapOf",
    "Occlusion",
    "alteration_matrix",
    "alteration_of",
    "altered",
    "fit_map",
    "occluded",
    "region_patch",
]
