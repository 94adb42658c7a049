"""Handlers for many faces: reading folders, grouping, mapping, comparing."""

from __future__ import annotations

import time
from collections.abc import Generator, Mapping
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from explorer.science.evaluation.projection import Plane, principal_components, t_sne
from explorer.science.evaluation.scoring import embed_face
from explorer.science.faces.alignment import crop_frame
from explorer.science.faces.choosing import choose_face, is_usable
from explorer.science.faces.face import FaceError, Photograph
from explorer.science.faces.reading import read_file, read_photograph
from explorer.science.iteration import Steps
from explorer.science.recognition.grouping import group
from explorer.science.recognition.registry import ENCODER_IDS, encoder_spec
from explorer.studio import catalogue, places
from explorer.studio.catalogue.networks import DETECTOR_NETWORK, Networks
from explorer.studio.engine.device import Device
from explorer.studio.engine.protocol import Control, Handler
from explorer.studio.engine.reports import Progress, Report
from explorer.studio.engine.requests import Request
from explorer.studio.errors import Cancelled, UserError
from explorer.studio.faces.similarity import similarity_table
from explorer.studio.gallery.pictures import colour_difference, small_jpeg
from explorer.studio.gallery.requests import (
    CompareFew,
    Differ,
    FacesFound,
    FacesFramed,
    FacesGrouped,
    FacesProjected,
    FewCompared,
    FoldersRead,
    ForgetPhotographs,
    FrameFaces,
    GroupFaces,
    PointsMoved,
    ProjectFaces,
    ReadFolders,
)
from explorer.studio.gallery.state import Block, GalleryFace, Refused
from explorer.studio.gallery.store import Found, Store
from explorer.studio.gallery.values import DifferenceMap
from explorer.studio.gallery.walking import folder_name, photographs_in

FRAME = 512
# The window hears of new faces this often; a folder that is known already brings thousands a second.
_EVERY = 0.5
_MOVED_EVERY = 50


def handlers(device: Device) -> Mapping[type[Request], Handler]:
    """The handlers by request."""
    return GalleryHandlers(device).table()


class GalleryHandlers:
    """Finds faces in folders, and keeps what was found in the cache."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._known: Store | None = None

    def table(self) -> Mapping[type[Request], Handler]:
        """The handlers by request."""
        return {
            ReadFolders: self.read_folders,
            ForgetPhotographs: self.forget_photographs,
            CompareFew: self.compare_few,
            GroupFaces: group_faces,
            ProjectFaces: project_faces,
            FrameFaces: frame_faces,
            Differ: differ,
        }

    def read_folders(self, request: ReadFolders, control: Control) -> Generator[Report, None, FoldersRead]:
        """Read photograph after photograph; one that cannot be used is listed and does not spoil the others."""
        yield Progress("looking for photographs")
        paths: list[Path] = []
        for root in request.roots:
            for path in photographs_in(root):
                paths.append(path)
                if len(paths) % 500 == 0:
                    yield Progress(f"{len(paths)} photographs found")
        gathered, told = _Gathered(), time.monotonic()
        for done, path in enumerate(paths):
            if control.should_finish():
                yield gathered.report()
                return FoldersRead(request.roots, False, done)
            if path in request.known:
                continue
            self._read_one(path, request, control, gathered)
            late = time.monotonic() - told > _EVERY
            if late or gathered.worked:
                # After whatever took the networks' time, others may have their turn.
                gathered.worked = False
                yield Progress(path.name, done + 1, len(paths), "photographs")
            if late:
                told = time.monotonic()
                yield gathered.report()
                gathered = _Gathered()
        yield gathered.report()
        return FoldersRead(request.roots, True, len(paths))

    def _read_one(self, path: Path, request: ReadFolders, control: Control, gathered: _Gathered) -> None:
        try:
            photograph = read_file(path)
            found = self._store().get(photograph.sha256)
            if found is None:
                gathered.worked = True
                found = self._find(photograph, control)
                self._store().put(photograph.sha256, found)
        except catalogue.MissingNetwork:
            raise
        except (FaceError, UserError, OSError) as error:
            gathered.refused.append(Refused(path, _reason(error)))
            return
        folder = folder_name(path, request.roots)
        for number, (face, picture) in enumerate(zip(found.faces, found.thumbnails, strict=True)):
            name = path.name if number == 0 else f"{path.name}, face {number + 1}"
            gathered.faces.append(GalleryFace(f"{photograph.sha256}/{number}", name, path, folder, face, picture))
        for encoder, some in found.vectors.items():
            gathered.vectors[encoder].append(some)

    def _find(self, photograph: Photograph, control: Control) -> Found:
        networks = self._device.networks(control)

        def proceed() -> None:
            if control.should_stop():
                raise Cancelled(f"stopped while reading {photograph.name}")

        detected = networks.detector().detect(photograph.pixels, proceed=proceed)
        faces = tuple(face for face in detected if is_usable(face))
        if not faces:
            choose_face(photograph, detected)  # says why
        vectors = {}
        for encoder in ENCODER_IDS:
            proceed()
            recogniser = networks.recogniser(encoder)
            vectors[encoder] = np.stack([embed_face(recogniser, photograph, face).numpy() for face in faces])
        return Found(faces, vectors, tuple(small_jpeg(photograph.pixels, face) for face in faces))

    def _store(self) -> Store:
        if self._known is None:
            known = catalogue.catalogue()
            names = (DETECTOR_NETWORK, *(encoder_spec(encoder).network for encoder in ENCODER_IDS))
            hashes = [known.entry(name).sha256 for name in names]
            dimensions = {encoder: encoder_spec(encoder).dimension for encoder in ENCODER_IDS}
            self._known = Store(places.cache(), hashes, dimensions)
        return self._known

    def forget_photographs(self, request: ForgetPhotographs, control: Control) -> Generator[Report, None, None]:
        """Remove what the cache holds of photographs."""
        self._store().forget(request.sha256s)
        yield Progress("forgotten")

    def compare_few(self, request: CompareFew, control: Control) -> Generator[Report, None, FewCompared]:
        """Compare a few faces with each other under every encoder."""
        yield Progress("comparing")
        networks: Networks = self._device.networks(control)
        thresholds = {encoder: networks.calibration(encoder).threshold for encoder in ENCODER_IDS}
        tables = {encoder: similarity_table(encoder, request.vectors, thresholds[encoder]) for encoder in ENCODER_IDS}
        return FewCompared(tuple(request.vectors), tables)


class _Gathered:
    """What is to be told next."""

    def __init__(self) -> None:
        self.faces: list[GalleryFace] = []
        self.refused: list[Refused] = []
        self.vectors: dict[str, list[NDArray[np.float32]]] = {encoder: [] for encoder in ENCODER_IDS}
        self.worked = False

    def report(self) -> FacesFound:
        vectors = {encoder: np.concatenate(some) for encoder, some in self.vectors.items() if some}
        return FacesFound(Block(tuple(self.faces), vectors), tuple(self.refused))


def group_faces(request: GroupFaces, control: Control) -> Generator[Report, None, FacesGrouped]:
    """Group by average linkage at the threshold of FMR 1e-3."""
    yield Progress("grouping", 0, len(request.keys), "faces")
    # The impostor statistics are a small file of the project's own; no network is loaded for them.
    threshold = Networks("cpu").calibration(request.encoder).threshold
    running = Steps(group(request.vectors, encoder_spec(request.encoder).measure, threshold))
    for done in running:
        yield Progress("grouping", done, len(request.keys), "faces")
    return FacesGrouped(request.encoder, threshold, request.keys, running.result)


def project_faces(request: ProjectFaces, control: Control) -> Generator[Report, None, FacesProjected]:
    """Principal components at once, or t-SNE step by step."""
    yield Progress("projecting")
    measure = encoder_spec(request.encoder).measure
    if request.method == "pca":
        return _projected(request, principal_components(request.vectors, measure))
    try:
        running = Steps(t_sne(request.vectors, measure))
        for moving in running:
            if moving.done % _MOVED_EVERY == 0:
                yield PointsMoved(
                    request.method, request.encoder, request.keys, moving.points, moving.done, moving.total
                )
            yield Progress(f"step {moving.done} of {moving.total}", moving.done, moving.total, "steps")
        return _projected(request, running.result)
    except ValueError as error:
        raise UserError(str(error)) from error


def _projected(request: ProjectFaces, plane: Plane) -> FacesProjected:
    return FacesProjected(request.method, request.encoder, request.keys, plane.points, plane.explained)


def frame_faces(request: FrameFaces, control: Control) -> Generator[Report, None, FacesFramed]:
    """Read each photograph again; its thumbnail stands in where it is gone, or another one by now."""
    frames: dict[str, NDArray[np.uint8]] = {}
    remarks: dict[str, str] = {}
    for face in request.faces:
        yield Progress(f"reading {face.path.name}")
        try:
            photograph = read_file(face.path)
            if photograph.sha256 != face.sha256:
                raise FaceError(f"{face.path.name} is another photograph by now: add its folder again")
            frame = crop_frame(photograph, face.face).frame
        except FaceError as error:
            remarks[face.key] = str(error)
            frame = read_photograph(face.thumbnail, face.name).pixels
        side = min(frame.shape[0], FRAME)
        frames[face.key] = cv2.resize(frame, (side, side), interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    return FacesFramed(frames, remarks)


def differ(request: Differ, control: Control) -> Generator[Report, None, DifferenceMap]:
    """Paint how far the colours of two pictures lie apart."""
    from explorer.studio.export.colour_map import colour_map, coloured

    yield Progress("comparing pictures")
    one, other = request.one, request.other
    if one.shape != other.shape:
        size = (one.shape[1], one.shape[0])
        other = cv2.resize(other, size, interpolation=cv2.INTER_LINEAR).astype(np.uint8, copy=False)
    apart = colour_difference(one, other)
    painted, top = coloured(apart)
    scale = np.asarray(colour_map()(np.linspace(0, 1, 256), bytes=True)[:, :3], np.uint8)
    return DifferenceMap(painted, scale, top, float(apart.mean()), request.one, request.other)


def _reason(error: Exception) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)
