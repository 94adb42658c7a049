"""What several parts of the suite share."""

import gc
import os

import pytest

# Workers beside each other leave each other their cores; a process that a test starts inherits it. Before torch comes.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")


def pytest_collection_finish() -> None:
    """What is imported stays, so the collector need not look through it again and again."""
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _without_optional_encoders():
    """Whether a developer has fetched optional encoders decides no test."""
    from explorer.studio.catalogue import encoders

    changed = pytest.MonkeyPatch()
    changed.setattr(encoders, "_is_fetched", lambda entry: False)
    yield
    changed.undo()


@pytest.fixture(scope="session")
def networks():
    """The real networks on the CPU, loaded once; a missing one fails the test with what to do."""
    from explorer.studio.catalogue.networks import Networks

    return Networks("cpu")
