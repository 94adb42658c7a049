"""The real engine: every handler of the program, on the best device there is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import torch

from explorer.studio.app.features import FEATURES
from explorer.studio.catalogue.networks import Networks, best_device, device_name
from explorer.studio.engine.device import Device
from explorer.studio.engine.engine import Engine
from explorer.studio.engine.protocol import Handler
from explorer.studio.engine.requests import Request
from explorer.studio.session.feature import load


def open_engine(device: Literal["automatic", "cpu"] = "automatic") -> Engine:
    """Make the engine on the best device there is, or on the CPU. No network is loaded before a request needs it."""
    where = torch.device("cpu") if device == "cpu" else best_device()

    def open_networks(loading: Callable[[str], None]) -> Networks:
        return Networks(where, loading)

    shared = Device(open_networks)
    handlers: dict[type[Request], Handler] = {}
    for feature in FEATURES:
        if feature.handlers:
            handlers.update(load(feature.handlers)(shared))
    return Engine(handlers, device_name(where))
