"""Which networks and data there are, where they come from and where they lie."""

from explorer.studio.catalogue.entries import Archive, Catalogue, Entry, catalogue, folder
from explorer.studio.catalogue.fetching import FetchError, FetchProgress, fetch
from explorer.studio.catalogue.store import (
    MissingNetwork,
    State,
    damage,
    is_present,
    is_usable,
    path,
    read,
    sha256,
    state,
    verify,
)

__all__ = [
    "Archive",
    "Catalogue",
    "Entry",
    "FetchError",
    "FetchProgress",
    "MissingNetwork",
    "State",
    "catalogue",
    "damage",
    "fetch",
    "folder",
    "is_present",
    "is_usable",
    "path",
    "read",
    "sha256",
    "state",
    "verify",
]
