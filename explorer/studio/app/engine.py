"""The real engine: every handler of the program, on the best device there is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import torch

from explorer.studio.batch.handlers import BatchHandlers
from explorer.studio.catalogue.networks import Networks, best_device, device_name
from explorer.studio.composer.handlers import ComposeHandlers
from explorer.studio.downloads.handlers import FILE_HANDLERS
from explorer.studio.engine.device import Device
from explorer.studio.engine.engine import Engine
from explorer.studio.faces.handlers import FaceHandlers
from explorer.studio.gallery.handlers import GalleryHandlers
from explorer.studio.geometry.handlers import ViewHandlers
from explorer.studio.inversion.handlers import InversionHandlers
from explorer.studio.leakage.handlers import ProbeHandlers
from explorer.studio.session.handlers import SESSION_HANDLERS
from explorer.studio.variation.handlers import VariationHandlers


def open_engine(device: Literal["automatic", "cpu"] = "automatic") -> Engine:
    """Make the engine on the best device there is, or on the CPU. No network is loaded before a request needs it."""
    where = torch.device("cpu") if device == "cpu" else best_device()

    def open_networks(loading: Callable[[str], None]) -> Networks:
        return Networks(where, loading)

    shared = Device(open_networks)
    handlers = {
        **FaceHandlers(shared).table(),
        **InversionHandlers(shared).table(),
        **ProbeHandlers(shared).table(),
        **ViewHandlers().table(),
        **VariationHandlers(shared).table(),
        **BatchHandlers(shared).table(),
        **ComposeHandlers(shared).table(),
        **GalleryHandlers(shared).table(),
        **FILE_HANDLERS,
        **SESSION_HANDLERS,
    }
    return Engine(handlers, device_name(where))
