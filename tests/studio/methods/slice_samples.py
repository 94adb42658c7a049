"""A value of the methods' slice: the ways back from the one face."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from explorer.science.inversion.settings import InversionSettings
from explorer.studio.methods.state import METHODS, MethodsState
from explorer.studio.session.slices import Slice
from tests.studio.methods.methods_kit import all_ways
from tests.studio.slice_kit import target


def samples() -> Mapping[Slice[Any], Any]:
    settings = InversionSettings(encoder="arcface-mbf")
    return {METHODS: MethodsState("methods-1", target(), settings, "finished", tuple(all_ways()))}
