"""The model that ships with the program, for every test of this folder."""

from __future__ import annotations

import pytest
from safetensors import safe_open

from explorer.science.geometry.morphable_model import MorphableModel, from_tensors
from explorer.studio import places


@pytest.fixture(scope="session")
def morphable() -> MorphableModel:
    with safe_open(places.models() / "morphable-model.safetensors", "pt") as file:
        return from_tensors({name: file.get_tensor(name) for name in file.keys()}, file.metadata())  # noqa: SIM118
