"""THE table of features: a feature is a folder with a `feature.py`, and a name here.

What others are built on stands first: the session gives up what is built on other things first, and gets it last.
Whatever is heavy is named in `feature.py`, and loaded when it is first needed: the window opens before torch is loaded.
"""

from __future__ import annotations

from importlib import import_module

from explorer.studio.catalogue.brought_encoders import register_brought_encoders
from explorer.studio.catalogue.generators import register_brought
from explorer.studio.session.feature import Feature
from explorer.studio.session.state import Session

NAMES = (
    "downloads",
    "generators",
    "faces",
    "inversion",
    "geometry",
    "leakage",
    "variation",
    "handles",
    "methods",
    "gallery",
    "bringing",
    "laboratory",
    "people",
    "batch",
    "composer",
)
_SESSION = Feature(
    name="session",
    controllers=("explorer.studio.session.controller:SessionController",),
    handlers="explorer.studio.session.handlers:handlers",
)

FEATURES: tuple[Feature, ...] = (
    *(import_module(f"explorer.studio.{name}.feature").FEATURE for name in NAMES),
    _SESSION,
)


def new_session(features: tuple[Feature, ...] = FEATURES) -> Session:
    """An empty session with every feature's slices."""
    # What a session names must be known before it is opened.
    register_brought()
    register_brought_encoders()
    slices = (slice_ for feature in features for slice_ in feature.slices)
    return Session(slices, codecs(features))


def codecs(features: tuple[Feature, ...] = FEATURES) -> tuple[str, ...]:
    """Dotted names of what keeps a session's slices, in the order in which they are read."""
    return tuple(codec for feature in features for codec in feature.codecs)
