"""The optional encoders: how well they tell people apart on photographs, and how near a reading of theirs is.

A network is read by this program and, independently, by the computation that its file states (`facenet-irv1`, in double
precision) or by its makers' own runtime (`mobilefacenet-192`, TensorFlow Lite).
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np
import torch
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray
from torch import Tensor

from benchmarks.common import Part
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


def measure_encoders() -> Part:
    """Areas under the ROC curve of all pairs of photographs, and the largest errors of reading."""
    networks = Networks("cpu")
    rows = dict[str, dict[str, Any]]()
    for name in SETS:
        embedded = embed_set(photograph_set(name), ENCODERS, networks)
        rows[name] = areas(embedded)
        print(name, rows[name], flush=True)
    errors = {encoder: _error(networks, encoder) for encoder in _REFERENCES}
    print(errors, flush=True)
    return Part(headline(rows), {"encoder_areas": rows, "encoder_errors": errors})


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
    ours = networks.recogniser(encoder)(faces).double().numpy()
    theirs = _REFERENCES[encoder](catalogue.path(encoder).read_bytes(), faces)
    return float(np.abs(ours - theirs).max() / np.abs(theirs).max())


def _facenet(data: bytes, faces: Tensor) -> NDArray[np.float64]:
    """By the file's own JSON and tensors, of faces that are whitened as FaceNet's own code does."""
    given = faces.permute(0, 2, 3, 1).double().numpy() * 255
    white = [(one - one.mean()) / max(one.std(), one.size**-0.5) for one in given]
    answer: NDArray[np.float64] = _KERAS_FILES.computed(data, np.stack(white))
    return answer


def _lite(data: bytes, faces: Tensor) -> NDArray[np.float64]:
    """By TensorFlow Lite itself, pair by pair, as the file has it."""
    lite = Interpreter(model_content=data)
    lite.allocate_tensors()
    given = (faces.permute(0, 2, 3, 1).numpy() * 255 - 127.5) / 127.5
    found = []
    for start in range(0, len(given), 2):
        lite.set_tensor(lite.get_input_details()[0]["index"], given[start : start + 2].astype(np.float32))
        lite.invoke()
        found.append(lite.get_tensor(lite.get_output_details()[0]["index"]).copy())
    return np.concatenate(found).astype(np.float64)


_REFERENCES: dict[str, Callable[[bytes, Tensor], NDArray[np.float64]]] = {
    "facenet-irv1": _facenet,
    "mobilefacenet-192": _lite,
}
