from .alignment import align, crop_frame
from .choosing import choose_face, face_by_hand
from .detection import Detector
from .face import Face, FaceCrop, FaceError, Photograph
from .reading import photograph_of, read_file, read_photograph
from .square_box import SquareBox

__all__ = [
    "Detector",
    "Face",
    "FaceCrop",
    "FaceError",
    "Photograph",
    "SquareBox",
    "align",
    "choose_face",
    "crop_frame",
    "face_by_hand",
    "photograph_of",
    "read_file",
    "read_photograph",
]
