"""The fitted face: its camera, its pose, and what leaves the panel."""

from __future__ import annotations

from collections.abc import Callable

from explorer.studio.geometry.state import VIEWING
from explorer.studio.geometry.view.scene import Camera
from explorer.ui.actions.registry import ActionSpec
from explorer.ui.base.file_dialogs import ask_open
from explorer.ui.base.window import Window
from explorer.ui.geometry.export import ViewExport

# Of ICT-FaceKit's folder a file is chosen.
MODELS = (
    "Morphable models (*.mat *.h5 *.pkl *.bin *.safetensors generic_neutral_mesh.obj vertex_indices.json);;"
    "All files (*)"
)


def _nothing_fitted(window: Window) -> str:
    app = window.dispatcher.workbench
    fitted = app is not None and app.views.portrait() is not None
    return "" if fitted else "no face is fitted: open the 3D face panel"


def _ships(window: Window) -> str:
    return "" if window.dispatcher.session[VIEWING].model is not None else "faces are fitted with it already"


def _open_model(window: Window) -> None:
    path = ask_open(window, "models", "Open morphable model", MODELS)
    if path is not None:
        window.dispatcher.send(lambda app: app.views.open_model(path))


def _not_turned(window: Window) -> str:
    scene = window.dispatcher.session[VIEWING].scene
    return "" if scene is not None else "no face is fitted: open the 3D face panel"


def _write(write: Callable[[ViewExport], None]) -> Callable[[Window], None]:
    def act(window: Window) -> None:
        from explorer.ui.geometry.panel import ViewportPanel  # the window paints first

        write(window.panel(ViewportPanel).toolbar.exporting)

    return act


ACTIONS = (
    ActionSpec(
        "open_morphable_model",
        "Open morphable model…",
        "Fit faces with a morphable model of your own: Basel, 3DDFA, Surrey, FLAME or ICT-FaceKit",
        _open_model,
        menu="File",
        group="model",
        icon="cube",
    ),
    ActionSpec(
        "shipped_morphable_model",
        "Back to the model that ships",
        "Fit faces with the morphable model that ships with the program again",
        lambda window: window.dispatcher.send(lambda app: app.views.use_shipped_model()),
        menu="File",
        group="model",
        disabled_reason=_ships,
    ),
    ActionSpec(
        "export_mesh",
        "Export mesh…",
        "Write the fitted mesh as it is in view, as GLB, OBJ or PLY",
        _write(ViewExport.mesh),
        menu="File/Export 3D face",
        icon="cube",
        disabled_reason=_nothing_fitted,
    ),
    ActionSpec(
        "export_maps",
        "Export texture maps…",
        "Write the texture, visibility and completion maps into a folder",
        _write(ViewExport.maps),
        menu="File/Export 3D face",
        icon="image",
        disabled_reason=_nothing_fitted,
    ),
    ActionSpec(
        "export_fit_figure",
        "Export figure 5.16…",
        "Write the figure of every fitted photograph as PNG, SVG or PDF",
        _write(ViewExport.figure),
        menu="File/Export 3D face",
        icon="export",
        disabled_reason=_nothing_fitted,
    ),
    ActionSpec(
        "export_turntable",
        "Export turntable film…",
        "Write a film of the head turning around, as MP4 or GIF",
        _write(ViewExport.film),
        menu="File/Export 3D face",
        icon="film",
        disabled_reason=_nothing_fitted,
    ),
    ActionSpec(
        "reset_camera",
        "Look from the photograph",
        "Look at the 3D face from where the photograph was taken",
        lambda window: window.dispatcher.send(lambda app: app.views.set_camera(Camera())),
        menu="View",
        group="3d",
        icon="reset",
        disabled_reason=_nothing_fitted,
    ),
    ActionSpec(
        "reset_pose",
        "Turn the head as fitted",
        "Turn the 3D face back to the pose of the photograph",
        lambda window: window.dispatcher.send(lambda app: app.views.reset("yaw", "pitch")),
        menu="View",
        group="3d",
        disabled_reason=_not_turned,
    ),
)
