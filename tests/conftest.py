"""What several parts of the suite share."""

import gc
import os
from contextlib import suppress

import pytest

# Workers beside each other leave each other their cores; a process that a test starts inherits it. Before torch comes.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """What is imported stays, so the collector need not look through it again and again."""
    gc.disable()
    found = yield
    gc.freeze()
    gc.enable()
    return found


NO_CUDA = "there is no CUDA device here"


def pytest_collection_modifyitems(items):
    """Say of what needs a GPU that it is not run where there is none."""
    marked = [item for item in items if item.get_closest_marker("cuda")]
    if marked:
        import torch

        if not torch.cuda.is_available():
            for item in marked:
                item.add_marker(pytest.mark.skip(reason=NO_CUDA))


def pytest_terminal_summary(terminalreporter):
    """One line for all that was not run for want of a GPU."""
    left = sum(NO_CUDA in str(report.longrepr) for report in terminalreporter.stats.get("skipped", ()))
    if left:
        terminalreporter.write_line(f"{left} tests were not run: {NO_CUDA} (`make test-cuda` runs them on one)")


@pytest.fixture(scope="session", autouse=True)
def _without_optional_encoders():
    """Whether a developer has fetched optional encoders decides no test."""
    from explorer.studio.catalogue import encoders

    changed = pytest.MonkeyPatch()
    changed.setattr(encoders, "_is_fetched", lambda entry: False)
    yield
    changed.undo()


@pytest.fixture(scope="session", autouse=True)
def _load_shipped_networks_once():
    """Commands that a test runs in its own process share what each would load anew in a process of its own.

    Shared are networks that ship, on one device, from the folders in which they lay at first: not what a test brings,
    damages or takes away, and no statistics of them, which tests replace.
    """
    from explorer.studio import places
    from explorer.studio.catalogue import catalogue
    from explorer.studio.catalogue.networks import Networks

    def folders():
        with suppress(places.NoHomeError):  # as a test would have it
            return places.cache(), places.models()
        return None

    once, at_first, loaded = Networks._once, folders(), {}
    titles = {"detector", "generator", "generator without heads", "image labellers", *catalogue().group("default")}

    def shared(self, title, load, which=""):
        key = title, str(self.device)

        def kept():
            if key not in loaded:
                loaded[key] = load()
            return loaded[key]

        shareable = title in titles and not which and folders() == at_first
        return once(self, title, kept if shareable else load, which)

    changed = pytest.MonkeyPatch()
    changed.setattr(Networks, "_once", shared)
    yield
    changed.undo()


@pytest.fixture(scope="session")
def networks():
    """The real networks on the CPU, loaded once; a missing one fails the test with what to do."""
    from explorer.studio.catalogue.networks import Networks

    return Networks("cpu")
