"""MediaPipe's face mesh of 478 points and its 52 blendshapes, from the networks inside `face_landmarker.task`."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from explorer.science.networks.errors import NetworkFileError

POINTS = 478
BLENDSHAPES = (
    *("neutral", "browDownLeft", "browDownRight", "browInnerUp", "browOuterUpLeft", "browOuterUpRight", "cheekPuff"),
    *("cheekSquintLeft", "cheekSquintRight", "eyeBlinkLeft", "eyeBlinkRight", "eyeLookDownLeft", "eyeLookDownRight"),
    *("eyeLookInLeft", "eyeLookInRight", "eyeLookOutLeft", "eyeLookOutRight", "eyeLookUpLeft", "eyeLookUpRight"),
    *("eyeSquintLeft", "eyeSquintRight", "eyeWideLeft", "eyeWideRight", "jawForward", "jawLeft", "jawOpen", "jawRight"),
    *("mouthClose", "mouthDimpleLeft", "mouthDimpleRight", "mouthFrownLeft", "mouthFrownRight", "mouthFunnel"),
    *("mouthLeft", "mouthLowerDownLeft", "mouthLowerDownRight", "mouthPressLeft", "mouthPressRight", "mouthPucker"),
    *("mouthRight", "mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper", "mouthSmileLeft"),
    *("mouthSmileRight", "mouthStretchLeft", "mouthStretchRight", "mouthUpperUpLeft", "mouthUpperUpRight"),
    *("noseSneerLeft", "noseSneerRight"),
)
# The points of the mesh that the blendshape network reads, as ranges (first, last) of their numbers; published in
# MediaPipe's face_blendshapes_graph.cc.
_READ = (
    *((0, 1), (4, 8), (10, 10), (13, 14), (17, 17), (21, 21), (33, 33), (37, 37), (39, 40), (46, 46), (52, 55)),
    *((58, 58), (61, 61), (63, 63), (65, 67), (70, 70), (78, 78), (80, 82), (84, 84), (87, 88), (91, 91), (93, 93)),
    *((95, 95), (103, 103), (105, 105), (107, 107), (109, 109), (127, 127), (132, 133), (136, 136), (144, 146)),
    *((148, 150), (152, 155), (157, 163), (168, 168), (172, 173), (176, 176), (178, 178), (181, 181), (185, 185)),
    *((191, 191), (195, 195), (197, 197), (234, 234), (246, 246), (249, 249), (251, 251), (263, 263), (267, 267)),
    *((269, 270), (276, 276), (282, 285), (288, 288), (291, 291), (293, 293), (295, 297), (300, 300), (308, 308)),
    *((310, 312), (314, 314), (317, 318), (321, 321), (323, 324), (332, 332), (334, 334), (336, 336), (338, 338)),
    *((356, 356), (361, 362), (365, 365), (373, 375), (377, 382), (384, 390), (397, 398), (400, 400), (402, 402)),
    *((405, 405), (409, 409), (415, 415), (454, 454), (466, 466), (468, 477)),
)
READ_BY_BLENDSHAPES = np.array([number for first, last in _READ for number in range(first, last + 1)])
_INPUT = 256
# The square of a common frame in which the mesh is first looked for, about what MediaPipe would choose by its own
# points: left, top and side in units of the frame; medians over 60 generated faces, made symmetric.
_REGION = (0.064, 0.136, 0.872)
# The second look is at a square half as large again as the bounds of the points found first, as MediaPipe has it.
_MARGIN = 1.5
_PARTS = ("face_landmarks_detector.tflite", "face_blendshapes.tflite", "geometry_pipeline_metadata_landmarks.binarypb")


@dataclass(frozen=True, eq=False)
class Mesh:
    """A face mesh.

    points: (478, 3) pixels of the frame, x right, y down, centres at +0.5; z grows away from the viewer.
    blendshapes: (52,) in [0, 1], in the order of `BLENDSHAPES`.
    """

    points: NDArray[np.float32]
    blendshapes: NDArray[np.float32]


class FaceMesh:
    """Finds the mesh of the face in a common frame.

    Args:
        task: the bytes of the network file `mediapipe-face`.

    Attributes:
        canonical: the task's description of the canonical face, for the head pose.

    Raises:
        NetworkFileError: the bytes are not that file.
    """

    def __init__(self, task: bytes) -> None:
        try:
            with zipfile.ZipFile(io.BytesIO(task)) as parts:
                mesh, blendshapes, self.canonical = (parts.read(part) for part in _PARTS)
        except (zipfile.BadZipFile, KeyError) as error:
            raise NetworkFileError("the MediaPipe file is no face landmarker task, or it is damaged") from error
        self._mesh, self._blendshapes = _interpreter(mesh), _interpreter(blendshapes)

    def __call__(self, frame: NDArray[np.uint8]) -> Mesh:
        """(R, R, 3) uint8 RGB to the mesh of its face."""
        left, top, length = (frame.shape[0] * number for number in _REGION)
        first = self._look(frame, left, top, length)
        low, high = first[:, :2].min(0), first[:, :2].max(0)
        length = _MARGIN * float((high - low).max())
        left, top = ((low + high - length) / 2).tolist()
        points = self._look(frame, left, top, length)
        scores = _run(self._blendshapes, points[None, READ_BY_BLENDSHAPES, :2])
        return Mesh(points, scores.reshape(-1))

    def _look(self, frame: NDArray[np.uint8], left: float, top: float, length: float) -> NDArray[np.float32]:
        """The (478, 3) points in pixels of the frame, looked for in one square of it."""
        scale = _INPUT / length
        # cv2 puts pixel centres at whole numbers.
        matrix = np.array([[scale, 0, (0.5 - left) * scale - 0.5], [0, scale, (0.5 - top) * scale - 0.5]])
        region = cv2.warpAffine(
            frame, matrix, (_INPUT, _INPUT), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        points = _run(self._mesh, region[None].astype(np.float32) / np.float32(255)).reshape(POINTS, 3) / scale
        points[:, :2] += (left, top)
        return points.astype(np.float32)


def _interpreter(network: bytes) -> Any:
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_content=network, num_threads=1)
    interpreter.allocate_tensors()
    return interpreter


def _run(interpreter: Any, values: NDArray[np.float32]) -> NDArray[np.float32]:
    """The first output for the one input."""
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], np.ascontiguousarray(values, np.float32))
    interpreter.invoke()
    result: NDArray[np.float32] = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    return result
