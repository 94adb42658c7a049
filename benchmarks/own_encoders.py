"""The formats of encoders' files, and the optional encoders: how near a reading is, how well they tell people apart.

A network is read by this program and, independently, by the computation that its file states (`facenet-irv1` and
`hse-mobilenet`, in double precision) or by its makers' own runtime (`mobilefacenet-192`, TensorFlow Lite). Encoders and
sets of photographs that are not here are left out, and said to be; what was measured of them before stays.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from benchmarks.common import Part
from benchmarks.own_formats import READ, lite_by_its_makers, measure_formats, off_by
from explorer.science.evaluation.verification import verification
from explorer.science.faces.alignment import align, face_image
from explorer.science.faces.choosing import choose_face
from explorer.science.recognition.registry import encoder_spec
from explorer.studio import catalogue
from explorer.studio.catalogue.networks import Networks
from explorer.studio.evaluation.named_sets import photograph_set
from explorer.studio.evaluation.strangers import EmbeddedSet, embed_set

SETS = ("openpeople", "orl")
ENCODERS = ("facenet-irv1", "hse-mobilenet", "mobilefacenet-192")
# Those whose figures are headlines, and by which name.
HEADLINES = {"facenet-irv1": "facenet", "hse-mobilenet": "hse"}
_FACES = 8
_KERAS_FILES: Any = import_module("tests.science.recognition.imported.keras_files")
_TFJS_FILES: Any = import_module("tests.science.recognition.imported.tfjs_files")


def measure_loaders() -> Part:
    """How many formats are read, and the largest errors of reading, of the optional encoders' files too."""
    networks = Networks("cpu")
    formats, left_out = measure_formats()
    here, missing = _present()
    left_out += missing
    errors = dict[str, float]()
    for encoder in here if catalogue.is_present(catalogue.catalogue().entry("openpeople")) else ():
        try:
            errors[encoder] = _error(networks, encoder)
            print(f"{encoder}: {errors[encoder]:.1e}", flush=True)
        except LookupError as error:
            left_out.append(f"{encoder}: {error}")
    print(*left_out, sep="\n", flush=True)
    return Part(
        {
            "formats_read": float(sum(error <= READ for error in formats.values())),
            "loader_error_max": max((*formats.values(), *errors.values())),
        },
        {"format_errors": _short(formats), "encoder_errors": _short(errors), "loaders_left_out": left_out},
    )


def measure_encoders() -> Part:
    """Areas under the ROC curve of all pairs of photographs, by set."""
    networks, known = Networks("cpu"), catalogue.catalogue()
    here, left_out = _present()
    sets = tuple(one for one in SETS if catalogue.is_present(known.entry(one)))
    left_out += [f"{one}: its photographs are not here" for one in SETS if one not in sets]
    rows = dict[str, dict[str, Any]]()
    for name in sets if here else ():
        rows[name] = areas(embed_set(photograph_set(name), here, networks))
        print(name, rows[name], flush=True)
    print(*left_out, sep="\n", flush=True)
    details: dict[str, Any] = {"encoders_left_out": left_out}
    return Part(headline(rows), details | ({"encoder_areas": rows} if rows else {}))


def _short(errors: dict[str, float]) -> dict[str, float]:
    return {name: float(f"{error:.4g}") for name, error in errors.items()}


def _present() -> tuple[tuple[str, ...], list[str]]:
    """The optional encoders whose files are here, and a line for each of the others."""
    known = catalogue.catalogue()
    here = tuple(one for one in ENCODERS if catalogue.is_present(known.entry(one)))
    return here, [f"{one}: its file is not here" for one in ENCODERS if one not in here]


def areas(embedded: EmbeddedSet) -> dict[str, Any]:
    """For each encoder the area with its interval by person, and the lengths of its embeddings."""
    found: dict[str, Any] = {"photographs": len(embedded.photographs), "people": len(embedded.people.unique())}
    for encoder, vectors in embedded.embeddings.items():
        one = verification(vectors, embedded.people, encoder_spec(encoder).measure)
        lengths = torch.linalg.vector_norm(vectors.float(), dim=1)
        found[encoder] = {
            "area": round(one.area, 5),
            "interval": [round(one.low, 5), round(one.high, 5)],
            "pairs": [one.same, one.different],
            "lengths": [round(float(lengths.min()), 3), round(float(lengths.max()), 3)],
        }
    return found


def headline(rows: dict[str, dict[str, Any]]) -> dict[str, float]:
    """The areas of the encoders that are checked, by set."""
    return {
        f"{short}_auc_{name}": float(found[encoder]["area"])
        for encoder, short in HEADLINES.items()
        for name, found in rows.items()
        if encoder in found
    }


@torch.no_grad()
def _error(networks: Networks, encoder: str) -> float:
    """The largest difference from the reference on some faces, in parts of its largest number."""
    template, detector, aligned = encoder_spec(encoder).template, networks.detector(), list[Tensor]()
    for one in photograph_set("openpeople").photographs[:: 200 // _FACES][:_FACES]:
        photograph = one.read()
        face = choose_face(photograph, detector.detect(photograph.pixels))
        aligned.append(align(*face_image(photograph, face), template))
    faces = torch.cat(aligned)
    ours = networks.recogniser(encoder)(faces)
    return off_by(ours, _REFERENCES[encoder](catalogue.path(encoder).read_bytes(), faces))


def _facenet(data: bytes, faces: Tensor) -> NDArray[np.float64]:
    """By the file's own JSON and tensors, of faces that are whitened as FaceNet's own code does."""
    given = faces.permute(0, 2, 3, 1).double().numpy() * 255
    white = [(one - one.mean()) / max(one.std(), one.size**-0.5) for one in given]
    answer: NDArray[np.float64] = _KERAS_FILES.computed(data, np.stack(white))
    return answer


def _hse(data: bytes, faces: Tensor) -> NDArray[np.float64]:
    """By the graph's own JSON and weights, of faces in BGR less ImageNet's mean colour."""
    given = faces.permute(0, 2, 3, 1).double().numpy()[..., ::-1] * 255 - np.array([103.939, 116.779, 123.68])
    answer: NDArray[np.float64] = _TFJS_FILES.computed(data, np.ascontiguousarray(given), "global_pooling/Mean")
    return answer.reshape(len(faces), -1)


def _lite(data: bytes, faces: Tensor) -> NDArray[np.float64]:
    """By TensorFlow Lite itself."""
    return lite_by_its_makers(data, (faces * 255 - 127.5) / 127.5)


_REFERENCES: dict[str, Callable[[bytes, Tensor], NDArray[np.float64]]] = {
    "facenet-irv1": _facenet,
    "hse-mobilenet": _hse,
    "mobilefacenet-192": _lite,
}
