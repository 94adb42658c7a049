"""The label networks, loaded."""

from __future__ import annotations

from explorer.science.leakage.labels import NETWORKS, Labellers
from explorer.studio import catalogue


def load_labellers(device: str) -> Labellers:
    """Load the labellers.

    Raises:
        MissingNetwork: one is not in the cache.
    """
    return Labellers({network: catalogue.path(network) for network in NETWORKS}, device)
