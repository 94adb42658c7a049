from . import api as api
from .api import (
    FaceCrop,
    FaceError,
    Fit,
    Inversion,
    MissingNetwork,
    Readouts,
    UserError,
    compare,
    embed,
    find_faces,
    fit,
    invert,
    list_encoders,
    open_face,
    read,
)

__all__ = [
    "FaceCrop",
    "FaceError",
    "Fit",
    "Inversion",
    "MissingNetwork",
    "Readouts",
    "UserError",
    "api",
    "compare",
    "embed",
    "find_faces",
    "fit",
    "invert",
    "list_encoders",
    "open_face",
    "read",
]

__version__: str
