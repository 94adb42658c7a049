"""The ways back to a face of one vector, as the table of features lists them."""

from __future__ import annotations

from explorer.studio.methods.state import SLICES
from explorer.studio.session.feature import ExportKind, Feature

FEATURE = Feature(
    name="methods",
    slices=SLICES,
    controllers=("explorer.studio.methods.controller:MethodsController",),
    handlers="explorer.studio.methods.handlers:handlers",
    exports=(
        ExportKind(
            "ways of inversion side by side",
            reason="each way has weights of its own: the record holds the command that goes all of them again",
        ),
        ExportKind("way of inversion", reason="likewise: the record holds the command that goes this way again"),
    ),
)
