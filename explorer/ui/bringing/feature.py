"""Bringing a network, as the table of the window lists it."""

from __future__ import annotations

from explorer.ui.actions.registry import ActionSpec
from explorer.ui.actions.ui_feature import UiFeature
from explorer.ui.base.file_dialogs import ask_open
from explorer.ui.base.window import Window

NETWORKS = (
    "Networks (*.onnx *.pt *.pth *.pkl *.ckpt *.tar *.safetensors *.bin *.h5 *.hdf5 *.keras *.json *.tflite);;"
    "All files (*)"
)


def _import(window: Window) -> None:
    from explorer.ui.bringing.dialog import ImportDialog  # the window paints first

    path = ask_open(window, "models", "Import network", NETWORKS)
    if path is not None:
        ImportDialog(path, window.dispatcher, window).open()


def _list(window: Window) -> None:
    from explorer.ui.bringing.own_dialog import OwnPartsDialog  # the window paints first

    OwnPartsDialog(window).open()


FEATURE = UiFeature(
    name="bringing",
    actions=(
        ActionSpec(
            "import_network",
            "Import network…",
            "Bring an encoder of your own: how it wants its faces is found out on photographs of known people",
            _import,
            menu="File",
            group="model",
            icon="vector",
        ),
        ActionSpec(
            "own_parts",
            "Imported networks…",
            "List the encoders and generators that you imported, show what each is, and remove one",
            _list,
            menu="File",
            group="model",
        ),
    ),
)
