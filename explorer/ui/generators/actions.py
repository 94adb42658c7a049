"""The ways to generators of the user's own."""

from __future__ import annotations

from explorer.ui.actions.registry import ActionSpec
from explorer.ui.base.file_dialogs import ask_open
from explorer.ui.base.window import Window

FILES = "Generators (*.pkl *.pt *.pth *.ckpt);;All files (*)"


def begin_import(window: Window) -> None:
    """Ask for a file, then for what it does not say of itself."""
    from explorer.ui.generators.import_dialog import ImportGeneratorDialog  # the window paints first

    path = ask_open(window, "generators", "Import generator", FILES)
    if path is None:
        return
    dialog = ImportGeneratorDialog(path, window)
    dialog.chosen.connect(
        lambda name, licence, points: window.dispatcher.send(
            lambda app: app.generators.bring(path, licence, name, points)
        )
    )
    dialog.open()


ACTIONS = (
    ActionSpec(
        "import_generator",
        "Import generator…",
        "Let a generator of your own draw the faces: StyleGAN2, StyleGAN2-ADA, StyleGAN3 or DCGAN, without labels",
        begin_import,
        menu="File",
        group="model",
        icon="image",
    ),
)
