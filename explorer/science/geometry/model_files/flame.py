"""FLAME (Li et al. 2017), `generic_model.pkl` and its kin: head and neck at rest, without joints."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from explorer.science.geometry.model_files.assembling import assemble
from explorer.science.geometry.model_files.pickles import read_arrays
from explorer.science.geometry.morphable_model import MorphableModel, MorphableModelError

_METRE = 1e3
# FLAME's shape space: the first 300 components are identity, the rest expression.
_IDENTITY = 300


def read_flame(path: Path) -> MorphableModel:
    """Template, identity and expression; the components come at one standard deviation, lengths in metres."""
    content = read_arrays(path)
    missing = {"v_template", "shapedirs", "f"} - {name for name, part in content.items() if part is not None}
    if missing:
        raise MorphableModelError(f"{', '.join(sorted(missing))} are missing: it is not FLAME's model")
    template, directions = np.asarray(content["v_template"]), np.asarray(content["shapedirs"])
    if directions.ndim != 3 or directions.shape[:2] != template.shape:
        raise MorphableModelError(f"components of shape {directions.shape} do not fit a template of {template.shape}")
    flat = directions.reshape(-1, directions.shape[2])
    return assemble(
        "FLAME",
        template,
        flat[:, :_IDENTITY],
        np.asarray(content["f"]).astype(np.int64),
        millimetres=_METRE,
        expression=flat[:, _IDENTITY:],
    )
