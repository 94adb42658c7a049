"""The model and the visibility field that ship with the program, for every test of this folder."""

from __future__ import annotations

import pytest
from safetensors import safe_open

from explorer.science.geometry.morphable_model import MorphableModel, from_tensors
from explorer.science.geometry.visibility_field import VisibilityField
from explorer.studio import places
from explorer.studio.catalogue.visibility_fields import load_visibility_field


@pytest.fixture(scope="session")
def morphable() -> MorphableModel:
    with safe_open(places.models() / "morphable-model.safetensors", "pt") as file:
        return from_tensors({name: file.get_tensor(name) for name in file.keys()}, file.metadata())  # noqa: SIM118


@pytest.fixture(scope="session")
def field() -> VisibilityField:
    return load_visibility_field()
