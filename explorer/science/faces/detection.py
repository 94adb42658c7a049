"""Find faces and their five points with SCRFD (Guo et al. 2021, "Sample and Computation Redistribution")."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from explorer.science.faces.alignment import as_image, face_region, frame_matrix, invert, transform, warp
from explorer.science.faces.face import Face
from explorer.science.networks.onnx_graph import OnnxGraph

_STRIDES = (8, 16, 32)
_ANCHORS_PER_PLACE = 2
_OUTPUTS = tuple(f"{kind}_{stride}" for kind in ("score", "bbox", "kps") for stride in _STRIDES)
_MIRRORED = [1, 0, 2, 4, 3]

# A face that fills the photograph is found in the smallest picture of it only, a face in a crowd in the
# largest only.
_SMALL, _MIDDLE, _LARGE = 192, 640, 1600
# The network's points move by about 0.6 % of the frame between scales. Every face is therefore measured again
# in its own upright frame at this size, and so are generated faces: what bias is left is the same for both.
_FRAME = 192
# What is cut out of a photograph for that is at least this large; no more would be seen in such a frame.
_REGION = 512
_BATCH = 4
_AGREEMENT = 0.1
_UPSIDE_DOWN_MARGIN = 0.02
_SEEN_AGAIN = 0.3
_OVERLAP = 0.4
_MOST_FACES = 100


@dataclass(frozen=True, eq=False)
class _Candidates:
    """What the network says at every anchor of one picture.

    scores: (B, N) in [0, 1]; boxes: (B, N, 4) left, top, right, bottom; points: (B, N, 5, 2); pixels of the
        picture.
    """

    scores: Tensor
    boxes: Tensor
    points: Tensor


class Detector(nn.Module):
    """Finds faces in photographs, and the face in generated frames.

    Args:
        data: the bytes of the network file `scrfd-500m`.

    Raises:
        NetworkFileError: the bytes are not that network.

    Example:
        >>> from explorer.science.faces import read_file
        >>> detector = networks.detector()  # of the bytes of the catalogue's file
        >>> (face,) = detector.detect(read_file(samples / "astronaut.png").pixels)
        >>> face.points.shape, face.score > 0.5
        ((5, 2), True)
    """

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self.graph = OnnxGraph(data, _OUTPUTS)
        self.requires_grad_(False)
        self.eval()

    @property
    def device(self) -> torch.device:
        """Where the network lies and the work is done."""
        return next(self.buffers()).device

    @torch.no_grad()
    def detect(
        self, pixels: NDArray[np.uint8], threshold: float = 0.5, proceed: Callable[[], None] = lambda: None
    ) -> list[Face]:
        """Find every face of a photograph.

        Args:
            pixels: (H, W, 3) uint8 RGB, upright.
            threshold: least confidence, in [0, 1].
            proceed: called several times a second while the search goes on; what it raises ends it.

        Returns:
            At most 100 faces, the most prominent first: large ones before small ones, central ones before those at the
            edge. Empty where there is none.
        """
        faces = self._faces(pixels, threshold, proceed)
        if not faces:
            # The network finds a face at any angle, but least surely one that stands on its head.
            size = np.array([pixels.shape[1], pixels.shape[0]], np.float64)
            turned = self._faces(np.ascontiguousarray(pixels[::-1, ::-1]), threshold, proceed)
            faces = [Face(size - f.points, _turned_box(f.box, size), f.score) for f in turned]
        return sorted(faces, key=lambda face: _prominence(face, pixels.shape), reverse=True)

    def _faces(self, pixels: NDArray[np.uint8], threshold: float, proceed: Callable[[], None]) -> list[Face]:
        scores, boxes, points = self._search(pixels, threshold, proceed)
        if not len(scores):
            return []
        corners_and_sizes = np.hstack([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]])
        distinct = cv2.dnn.NMSBoxes(corners_and_sizes.tolist(), scores.tolist(), threshold, _OVERLAP)
        kept = np.asarray(distinct, dtype=np.int64).reshape(-1)[:_MOST_FACES]
        refined = self._refine([pixels] * len(kept), points[kept], proceed)
        return [Face(refined[i], _as_box(boxes[k]), float(np.clip(scores[k], 0, 1))) for i, k in enumerate(kept)]

    @torch.no_grad()
    def points_in_frame(self, image: Tensor, threshold: float = _SEEN_AGAIN) -> tuple[Tensor, Tensor]:
        """Find the main face of each generated frame: fast, batched, without gradient.

        The mean of what the network says of the picture and of its mirror image, so that mirrored faces get
        mirrored points.

        Args:
            image: (B, 3, R, R) RGB in [0, 1], a face about as FFHQ frames it.
            threshold: least confidence, in [0, 1]; low, since a frame is known to be meant as a face.

        Returns:
            points: (B, 5, 2) pixels of the image, centres at +0.5; without meaning where no face was found.
            found: (B,) bool.
        """
        points, score = self._main_face(image)
        return points, score >= threshold

    @torch.no_grad()
    def detect_in_frame(self, pixels: NDArray[np.uint8], threshold: float = _SEEN_AGAIN) -> Face | None:
        """Find the one face of a picture known to be framed about as FFHQ frames it.

        Its points are measured as `detect` measures them; only the search through other sizes and places, and for faces
        that stand on their head, is left out.

        Args:
            pixels: (R, R, 3) uint8 RGB.
            threshold: least confidence, in [0, 1].

        Returns:
            The face, its box being the points' own bounds; None where there is none.
        """
        return self.detect_in_frames([pixels], threshold)[0]

    @torch.no_grad()
    def detect_in_frames(
        self, pictures: Sequence[NDArray[np.uint8]], threshold: float = _SEEN_AGAIN
    ) -> list[Face | None]:
        """The same for several pictures, each of its own size, in half the time that they take one by one."""
        if not pictures:
            return []
        small = torch.cat([_shrunk(as_image(pixels, self.device)) for pixels in pictures])
        points, score = self._main_face_of(small)
        places = [place for place, surely in enumerate(score.tolist()) if surely >= threshold]
        sides = [pictures[place].shape[0] for place in places]
        scaled = [points[place] * (side / _FRAME) for place, side in zip(places, sides, strict=True)]
        rough = [some.double().cpu().numpy() for some in scaled]
        framed = [pictures[place] for place in places]
        exact = self._refine(framed, np.array(rough).reshape(-1, 5, 2), lambda: None, upright=True)
        faces: list[Face | None] = [None] * len(pictures)
        for place, five in zip(places, exact, strict=True):
            box = (*five.min(0).tolist(), *five.max(0).tolist())
            faces[place] = Face(five, box, float(score[place].clamp(0, 1)))
        return faces

    def _main_face(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Points (B, 5, 2) and confidence (B,) of the face in the middle of each frame (B, 3, R, R)."""
        points, score = self._main_face_of(_shrunk(image))
        return (points * (image.shape[-1] / _FRAME)).to(image.dtype), score

    def _main_face_of(self, small: Tensor) -> tuple[Tensor, Tensor]:
        """The same for frames of the size at which faces are measured, (B, 3, 192, 192)."""
        count = len(small)
        seen = self._candidates(torch.cat([small, small.flip(-1)]))
        middle = (seen.boxes[..., :2] + seen.boxes[..., 2:]) / 2
        nearness = 1 - (middle - _FRAME / 2).norm(dim=-1) / _FRAME
        best = (seen.scores * nearness.clamp(min=0)).argmax(-1)
        rows = torch.arange(2 * count, device=best.device)
        score, points = seen.scores[rows, best].reshape(2, count), seen.points[rows, best]
        plain, mirrored = points[:count], points[count:, _MIRRORED]
        mirrored = torch.stack([_FRAME - mirrored[..., 0], mirrored[..., 1]], -1)
        # Where the two disagree about which face is meant, the surer one counts alone.
        agree = (plain - mirrored).norm(dim=-1).amax(-1) < _AGREEMENT * _FRAME
        surer = torch.where((score[0] >= score[1])[:, None, None], plain, mirrored)
        points = torch.where(agree[:, None, None], (plain + mirrored) / 2, surer)
        return points, score.amax(0)

    def _search(
        self, pixels: NDArray[np.uint8], threshold: float, proceed: Callable[[], None]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Scores (N,), boxes (N, 4) and points (N, 5, 2) above the threshold at every scale, in the
        photograph's pixels."""
        longest = max(pixels.shape[:2])
        sizes = [_SMALL] + [_MIDDLE] * (longest > _SMALL) + [min(longest, _LARGE)] * (longest > 1.5 * _MIDDLE)
        found: list[tuple[Tensor, Tensor, Tensor]] = []
        for size in sizes:
            proceed()
            picture, scale = _letterbox(pixels, size)
            seen = self._candidates(as_image(picture, self.device))
            chosen = seen.scores[0] >= threshold
            boxes, points = seen.boxes[0, chosen].double().cpu(), seen.points[0, chosen].double().cpu()
            found.append((seen.scores[0, chosen].double().cpu(), boxes / scale.repeat(2), points / scale))
        scores, boxes, points = (torch.cat(parts) for parts in zip(*found, strict=True))
        return scores.numpy(), boxes.numpy(), points.numpy()

    def _refine(
        self,
        pictures: Sequence[NDArray[np.uint8]],
        points: NDArray[np.float64],
        proceed: Callable[[], None],
        upright: bool = False,
    ) -> NDArray[np.float64]:
        """Measure faces (N, 5, 2) again, each in its picture, upright and at one scale; a face not seen again keeps its
        points.

        The network finds faces that stand on their head, but names the points as if they did not. So each frame is
        first looked at upside down as well, unless faces are known to be upright; where that convinces more, it is
        right, and the second round has it upright.
        """
        rounds = []
        for first in range(0, len(points), _BATCH):
            proceed()
            those = pictures[first : first + _BATCH]
            some = self._measure(those, points[first : first + _BATCH], perhaps_upside_down=not upright)
            rounds.append(self._measure(those, some, perhaps_upside_down=False))
        return np.concatenate(rounds) if rounds else points

    def _measure(
        self, pictures: Sequence[NDArray[np.uint8]], points: NDArray[np.float64], perhaps_upside_down: bool
    ) -> NDArray[np.float64]:
        maps = frame_matrix(torch.from_numpy(points), _FRAME)
        frames = torch.cat([self._frame(pixels, five) for pixels, five in zip(pictures, points, strict=True)])
        measured, score = self._main_face(frames)
        if perhaps_upside_down:
            turned, turned_score = self._main_face(frames.flip((-2, -1)))
            over = turned_score > score + _UPSIDE_DOWN_MARGIN
            measured = torch.where(over[:, None, None], _FRAME - turned, measured)
            score = torch.maximum(score, turned_score)
        again = transform(invert(maps), measured.double().cpu()).numpy()
        seen = (score >= _SEEN_AGAIN).cpu().numpy()
        refined: NDArray[np.float64] = np.where(seen[:, None, None], again, points)
        return refined

    def _frame(self, pixels: NDArray[np.uint8], points: NDArray[np.float64]) -> Tensor:
        region, inside = face_region(pixels, points, _REGION)
        upright = frame_matrix(torch.from_numpy(inside)[None], _FRAME).float()
        return warp(as_image(region, self.device), upright.to(self.device), _FRAME)

    def _candidates(self, image: Tensor) -> _Candidates:
        """Run the network on (B, 3, H, W) RGB in [0, 1], H and W multiples of 32, and decode its anchors."""
        outputs = self.graph((image * 255 - 127.5) / 128)
        scores, boxes, points = outputs[:3], outputs[3:6], outputs[6:]
        height, width = image.shape[-2:]
        all_boxes, all_points = [], []
        for stride, box, five in zip(_STRIDES, boxes, points, strict=True):
            anchors = _anchors(height // stride, width // stride, image.device) * stride
            corner, far = box[..., :2] * stride, box[..., 2:] * stride
            all_boxes.append(torch.cat([anchors - corner, anchors + far], -1))
            offsets = five.reshape(*five.shape[:2], 5, 2) * stride
            all_points.append(anchors[:, None] + offsets)
        return _Candidates(torch.cat(scores, 1)[..., 0], torch.cat(all_boxes, 1), torch.cat(all_points, 1))


def _shrunk(image: Tensor) -> Tensor:
    """(B, 3, R, R) at the size at which faces are measured, (B, 3, 192, 192)."""
    return functional.interpolate(
        image.detach().float(), size=(_FRAME, _FRAME), mode="bilinear", antialias=True, align_corners=False
    )


def _anchors(rows: int, columns: int, device: torch.device) -> Tensor:
    """Places (N, 2) of the anchors in units of the stride, row by row, each as often as there are anchors there.

    The network's coordinates turn out to have pixel centres at +0.5: on mirrored pictures they add up to the
    width.
    """
    y, x = torch.meshgrid(torch.arange(rows, device=device), torch.arange(columns, device=device), indexing="ij")
    places = torch.stack([x, y], -1).reshape(-1, 1, 2).expand(-1, _ANCHORS_PER_PLACE, 2)
    return places.reshape(-1, 2).float()


def _letterbox(pixels: NDArray[np.uint8], size: int) -> tuple[NDArray[np.uint8], Tensor]:
    """Bring the longer side to `size`, black on the right and below up to multiples of 32; and the scales
    (2,) of x and y."""
    height, width = pixels.shape[:2]
    scale = size / max(height, width)
    rows, columns = max(1, round(height * scale)), max(1, round(width * scale))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = cv2.resize(pixels, (columns, rows), interpolation=method)
    picture = np.zeros((_up(rows), _up(columns), 3), np.uint8)
    picture[:rows, :columns] = small
    return picture, torch.tensor([columns / width, rows / height], dtype=torch.float64)


def _up(length: int) -> int:
    return -(-length // _STRIDES[-1]) * _STRIDES[-1]


def _as_box(box: NDArray[np.float64]) -> tuple[float, float, float, float]:
    left, top, right, bottom = box.tolist()
    return left, top, right, bottom


def _turned_box(box: tuple[float, float, float, float], size: NDArray[np.float64]) -> tuple[float, float, float, float]:
    width, height = size.tolist()
    left, top, right, bottom = box
    return width - right, height - bottom, width - left, height - top


def _prominence(face: Face, shape: tuple[int, ...]) -> float:
    left, top, right, bottom = face.box
    height, width = shape[:2]
    away = np.hypot((left + right) / width - 1, (top + bottom) / height - 1) / np.sqrt(2)
    return float(max(right - left, 0) * max(bottom - top, 0) * max(1 - 0.75 * away, 0.01))
