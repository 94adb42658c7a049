"""What several parts of the suite share."""

import pytest


@pytest.fixture(scope="session")
def networks():
    """The real networks on the CPU, loaded once; a missing one fails the test with what to do."""
    from explorer.studio.catalogue.networks import Networks

    return Networks("cpu")
