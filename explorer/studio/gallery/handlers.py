"""Handlers for many faces: reading folders, comparing; grouping and mapping stand beside."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from explorer.science.evaluation.scoring import embed_face
from explorer.science.faces.alignment import crop_frame
from explorer.science.faces.choosing import choose_face, is_usable
from explorer.science.faces.face import Face, FaceError, Photograph
from explorer.science.faces.reading import read_file, read_photograph
from explorer.science.faces.walking import PassedOver, photographs_in
from explorer.science.names import name_of
from explorer.science.recognition.registry import ENCODERS
from explorer.studio import catalogue, places
from explorer.studio.blackbox.answers import forget_photographs
from explorer.studio.catalogue.encoders import missing_encoders, missing_words, present_encoders
from explorer.studio.catalogue.networks import DETECTOR_NETWORK
from explorer.studio.engine.device import Device
from explorer.studio.engine.protocol import Control, Handler
from explorer.studio.engine.reports import EncodersMissing, Progress, Report
from explorer.studio.engine.requests import Request
from explorer.studio.errors import Cancelled, UserError
from explorer.studio.faces.similarity import similarity_tables
from explorer.studio.gallery.collections import CollectionHandlers
from explorer.studio.gallery.listing import natural
from explorer.studio.gallery.pictures import colour_difference, small_jpeg
from explorer.studio.gallery.requests import (
    CompareFew,
    Differ,
    FacesFound,
    FacesFramed,
    FewCompared,
    FoldersRead,
    ForgetPhotographs,
    FrameFaces,
    ReadFolders,
)
from explorer.studio.gallery.state import Block, GalleryFace, Refused
from explorer.studio.gallery.store import Found, Maker, Store
from explorer.studio.gallery.values import DifferenceMap
from explorer.studio.gallery.walking import folder_name

FRAME = 512
# The window hears of new faces this often; a folder that is known already brings thousands a second.
_EVERY = 0.5
# Encoders whose embeddings earlier versions kept together.
_TOGETHER = ("arcface-mbf", "sface", "edgeface-s", "dlib-resnet")


def handlers(device: Device) -> Mapping[type[Request], Handler]:
    """The handlers by request."""
    return GalleryHandlers(device).table()


class GalleryHandlers:
    """Finds faces in folders, and keeps what was found in the cache."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._known: tuple[dict[str, Maker], Store] | None = None

    def table(self) -> Mapping[type[Request], Handler]:
        """The handlers by request."""
        return {
            ReadFolders: self.read_folders,
            ForgetPhotographs: self.forget_photographs,
            CompareFew: self.compare_few,
            FrameFaces: frame_faces,
            Differ: differ,
            **CollectionHandlers().table(),
        }

    def read_folders(self, request: ReadFolders, control: Control) -> Generator[Report, None, FoldersRead]:
        """Read photograph after photograph; one that cannot be used is listed and does not spoil the others."""
        yield Progress("looking for photographs")
        paths: list[Path] = []
        passed = PassedOver()
        for root in request.roots:
            for path in photographs_in(root, passed, natural):
                paths.append(path)
                if len(paths) % 500 == 0:
                    yield Progress(f"{len(paths)} photographs found")
        gathered, told, said = _Gathered(), time.monotonic(), False
        for done, path in enumerate(paths):
            if control.should_finish():
                yield from gathered.reports()
                return FoldersRead(request.roots, False, done, passed.words())
            if path in request.known:
                continue
            self._read_one(path, request, control, gathered)
            if gathered.missing and not said:
                said = True
                yield EncodersMissing(missing_words(gathered.missing))
            late = time.monotonic() - told > _EVERY
            if late or gathered.worked:
                # After whatever took the networks' time, others may have their turn.
                gathered.worked = False
                yield Progress(path.name, done + 1, len(paths), "photographs")
            if late:
                told = time.monotonic()
                yield from gathered.reports()
                gathered = _Gathered()
        yield from gathered.reports()
        return FoldersRead(request.roots, True, len(paths), passed.words())

    def _read_one(self, path: Path, request: ReadFolders, control: Control, gathered: _Gathered) -> None:
        try:
            photograph = read_file(path)
            found = self._looked_up(photograph, control, gathered)
        except catalogue.MissingNetwork:
            raise
        except (FaceError, UserError, OSError) as error:
            gathered.refused.append(Refused(path, _reason(error)))
            return
        folder = folder_name(path, request.roots)
        faces = [
            GalleryFace(
                f"{photograph.sha256}/{number}",
                photograph.name if number == 0 else f"{photograph.name}, face {number + 1}",
                path,
                folder,
                face,
                picture,
            )
            for number, (face, picture) in enumerate(zip(found.faces, found.thumbnails, strict=True))
        ]
        gathered.add(faces, {encoder: some for encoder, some in found.vectors.items() if ENCODERS.is_enabled(encoder)})

    def _looked_up(self, photograph: Photograph, control: Control, gathered: _Gathered) -> Found:
        """What the cache holds of a photograph, completed by what it lacks."""
        found = self._store().get(photograph.sha256)
        lacking = [name for name in ENCODERS.names() if found is None or name not in found.vectors]
        present = self._present(lacking)
        gathered.missing = [encoder for encoder in lacking if encoder not in present]
        if found is not None and not present:
            return found
        gathered.worked = True
        if found is None:
            found = self._find(photograph, control)
            if not present:
                present_encoders()  # says how to get one, where there is none at all
        vectors = self._embed(photograph, found.faces, present, control)
        found = replace(found, vectors={**found.vectors, **vectors})
        self._store().put(photograph.sha256, found)
        return found

    def _present(self, encoders: Sequence[str]) -> list[str]:
        """Those of some encoders that are here."""
        missing = missing_encoders() if encoders else ()
        return [encoder for encoder in encoders if encoder not in missing]

    def _find(self, photograph: Photograph, control: Control) -> Found:
        """The faces of a photograph and their thumbnails, not embedded yet."""
        detector = self._device.networks(control).detector()
        detected = detector.detect(photograph.pixels, proceed=_proceed(photograph, control))
        faces = tuple(face for face in detected if is_usable(face))
        if not faces:
            choose_face(photograph, detected)  # says why
        return Found(faces, {}, tuple(small_jpeg(photograph.pixels, face) for face in faces))

    def _embed(
        self, photograph: Photograph, faces: Sequence[Face], encoders: Sequence[str], control: Control
    ) -> dict[str, NDArray[np.float32]]:
        """The faces' embeddings, (n, D) by encoder."""
        vectors = {}
        for encoder in encoders:
            _proceed(photograph, control)()
            recogniser = self._device.networks(control).recogniser(encoder)
            vectors[encoder] = np.stack([embed_face(recogniser, photograph, face).numpy() for face in faces])
        return vectors

    def _store(self) -> Store:
        """The cache, for the encoders that there are: those that are switched off lose nothing of what it holds."""
        made = makers()  # another network may have been imported under a name since
        if self._known is None or self._known[0] != made:
            together = _TOGETHER if made.keys() >= set(_TOGETHER) else ()
            self._known = made, Store(places.cache(), catalogue.sha256(DETECTOR_NETWORK), made, together)
        return self._known[1]

    def forget_photographs(self, request: ForgetPhotographs, control: Control) -> Generator[Report, None, None]:
        """Remove what the cache holds of photographs, and what black boxes have answered for their faces."""
        self._store().forget(request.sha256s)
        forget_photographs(request.sha256s)
        yield Progress("forgotten")

    def compare_few(self, request: CompareFew, control: Control) -> Generator[Report, None, FewCompared]:
        """Compare a few faces with each other under every encoder."""
        yield Progress("comparing")
        tables = similarity_tables(self._device.networks(control), request.vectors)
        return FewCompared(tuple(request.vectors), dict(tables))


class _Gathered:
    """What is to be told next.

    missing: encoders that the last photograph could not be embedded by. worked: whether networks were at work.
    """

    def __init__(self) -> None:
        self._blocks: list[tuple[list[GalleryFace], dict[str, list[NDArray[np.float32]]]]] = []
        self.refused: list[Refused] = []
        self.missing: list[str] = []
        self.worked = False

    def add(self, faces: Sequence[GalleryFace], vectors: Mapping[str, NDArray[np.float32]]) -> None:
        """Add the faces of a photograph; in a block, all faces are embedded by the same encoders."""
        if not self._blocks or self._blocks[-1][1].keys() != vectors.keys():
            self._blocks.append(([], {encoder: [] for encoder in vectors}))
        block_faces, block_vectors = self._blocks[-1]
        block_faces += faces
        for encoder, some in vectors.items():
            block_vectors[encoder].append(some)

    def reports(self) -> Iterator[FacesFound]:
        """Everything, a report for each block; refused photographs come with the first."""
        refused = tuple(self.refused)
        for faces, vectors in self._blocks or [([], {})]:
            joined = {encoder: np.concatenate(some) for encoder, some in vectors.items()}
            yield FacesFound(Block(tuple(faces), joined), refused)
            refused = ()


def makers() -> dict[str, Maker]:
    """What embeddings in the cache follow from, by encoder."""
    return {
        encoder: Maker(catalogue.sha256(entry.spec.network), entry.spec.dimension)
        for encoder, entry in ENCODERS.items()
    }


def _proceed(photograph: Photograph, control: Control) -> Callable[[], None]:
    def proceed() -> None:
        if control.should_stop():
            raise Cancelled(f"stopped while reading {photograph.name}")

    return proceed


def frame_faces(request: FrameFaces, control: Control) -> Generator[Report, None, FacesFramed]:
    """Read each photograph again; its thumbnail stands in where it is gone, or another one by now."""
    frames: dict[str, NDArray[np.uint8]] = {}
    remarks: dict[str, str] = {}
    for face in request.faces:
        yield Progress(f"reading {face.path.name}")
        try:
            photograph = read_file(face.path)
            if photograph.sha256 != face.sha256:
                raise FaceError(f"{name_of(face.path)} is another photograph by now: add its folder again")
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
