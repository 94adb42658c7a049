"""The morphable model that ships, for everybody who draws people with it."""

import pytest

from explorer.studio.geometry.fitting import load_morphable_model


@pytest.fixture(scope="session")
def model():
    return load_morphable_model()
