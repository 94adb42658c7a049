"""Many faces: folders, people, order, map."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec

from explorer.studio.faces.state import ENCODER
from explorer.studio.gallery.browsing import BROWSING, MOST_COMPARED, GalleryViewState
from explorer.studio.gallery.controller import GalleryController
from explorer.studio.gallery.state import GALLERY
from explorer.studio.gallery.templates import FEWEST
from explorer.studio.gallery.values import Method, Order
from explorer.studio.laboratory.controller import LaboratoryController
from explorer.ui.actions.registry import ActionSpec
from explorer.ui.base.file_dialogs import ask_save
from explorer.ui.base.window import Window
from explorer.ui.session.forgetting import ForgetService

MENU = "View/Gallery"


def _browsing(window: Window) -> GalleryViewState:
    return window.dispatcher.session[BROWSING]


def _ask(window: Window, command: Callable[[GalleryController], object]) -> None:
    window.dispatcher.send(lambda app: command(app.gallery))


def _none_chosen(window: Window) -> str:
    return "" if _browsing(window).chosen else "no face of the gallery is chosen"


def _none_listed(window: Window) -> str:
    return "" if len(_browsing(window).listing) else "the gallery is empty"


def _cannot_resume(window: Window) -> str:
    if _browsing(window).scanning:
        return "folders are being read"
    return "" if window.dispatcher.session[GALLERY].unfinished else "every folder has been read to its end"


def _cannot_compare(window: Window) -> str:
    chosen = len(_browsing(window).chosen)
    return "" if 2 <= chosen <= MOST_COMPARED else f"two to {MOST_COMPARED} faces have to be chosen, not {chosen}"


def _cannot_average(window: Window) -> str:
    chosen = len(_browsing(window).chosen)
    return "" if chosen >= FEWEST else f"{FEWEST} faces or more have to be chosen, not {chosen}"


def _cannot_group(window: Window) -> str:
    return "faces are being grouped" if _browsing(window).grouping else _none_listed(window)


def _no_collection(window: Window) -> str:
    return "" if window.dispatcher.session[GALLERY].linked is not None else "no collection is open"


def _cannot_index(window: Window) -> str:
    return _no_collection(window) or ("" if find_spec("faiss") else "it needs faiss: pip install 'likeness[scale]'")


def _no_points_move(window: Window) -> str:
    plane = _browsing(window).plane
    return "" if plane is not None and plane.total else "no map is being made"


def _protect(window: Window) -> None:
    session, keys = window.dispatcher.session, _browsing(window).chosen
    kinds = "NumPy (*.npy)"
    path = ask_save(window, "exports", "Protect these vectors", f"{session[ENCODER]}-protected.npy", kinds)
    if path is not None:
        window.dispatcher.send(lambda app: app.controller(LaboratoryController).protect(keys, path))


def _panel(window: Window, act: str) -> None:
    from explorer.ui.gallery.panel import GalleryPanel

    window.bring("gallery")
    getattr(window.panel(GalleryPanel), act)()


def _compare(window: Window) -> None:
    window.bring("compare")


def _nearest(window: Window) -> None:
    window.bring("gallery")
    _ask(window, lambda gallery: gallery.sort("similarity"))


def _order(order: Order, text: str, tip: str) -> ActionSpec:
    return ActionSpec(
        f"gallery_order_{order}",
        text,
        tip,
        lambda window: _ask(window, lambda gallery: gallery.sort(order)),
        menu=MENU,
        group="order",
        checked=lambda window: _browsing(window).order == order,
    )


def _map(method: Method, text: str, tip: str) -> ActionSpec:
    def show(window: Window) -> None:
        window.bring("map")
        _ask(window, lambda gallery: gallery.views.project(method))

    return ActionSpec(
        f"map_{method.replace('-', '_')}", text, tip, show, menu=MENU, group="map", disabled_reason=_none_listed
    )


ACTIONS = (
    ActionSpec("gallery_menu", "Gallery", "Many faces: folders, people, order and map", menu="View", group="docks"),
    ActionSpec(
        "gallery_add",
        "Add folder…",
        "Find and embed the faces of all photographs in a folder, in the background",
        lambda window: _panel(window, "add_folder"),
        menu="File",
        group="open",
        icon="open",
        shortcut="Ctrl+Shift+F",
    ),
    ActionSpec(
        "gallery_resume",
        "Go on reading folders",
        "Go on with folders that have not been read to their end",
        lambda window: _ask(window, GalleryController.resume),
        menu=MENU,
        group="folders",
        icon="start",
        disabled_reason=_cannot_resume,
    ),
    ActionSpec(
        "gallery_stop",
        "Stop reading folders",
        "Read no further for now; what was found stays",
        lambda window: _ask(window, GalleryController.stop_reading),
        menu=MENU,
        group="folders",
        icon="stop",
        disabled_reason=lambda window: "" if _browsing(window).scanning else "no folder is being read",
    ),
    ActionSpec(
        "gallery_collection",
        "Open collection…",
        "Show the faces of a collection behind those of the folders: very many, of which none is loaded",
        lambda window: _panel(window, "open_collection"),
        menu=MENU,
        group="folders",
        icon="open",
    ),
    ActionSpec(
        "gallery_collection_index",
        "Index the collection",
        "Make what approximate search needs, and measure how much it finds; takes minutes for a million faces",
        lambda window: _ask(window, lambda gallery: gallery.linking.index()),
        menu=MENU,
        group="folders",
        disabled_reason=_cannot_index,
    ),
    ActionSpec(
        "gallery_collection_close",
        "Close the collection",
        "Show its faces no more; its files stay",
        lambda window: _ask(window, lambda gallery: gallery.linking.unlink()),
        menu=MENU,
        group="folders",
        disabled_reason=_no_collection,
    ),
    ActionSpec(
        "gallery_find",
        "Search the gallery",
        "Find faces by name or person",
        lambda window: _panel(window, "begin_search"),
        menu=MENU,
        group="order",
        shortcut="Ctrl+F",
    ),
    _order("name", "Sort by name", "Sort the gallery by the photographs' names"),
    _order("person", "Sort by person", "Sort the gallery by who is on the photograph"),
    _order("similarity", "Sort by similarity", "Sort the gallery by similarity to the chosen face under the encoder"),
    ActionSpec(
        "gallery_by_folder",
        "One person a folder",
        "Take all faces of a folder for one person, but for those that you named",
        lambda window: _ask(window, GalleryController.group_by_folder),
        menu=MENU,
        group="people",
        checked=lambda window: window.dispatcher.session[GALLERY].grouping.rule == "folder",
    ),
    ActionSpec(
        "gallery_by_likeness",
        "Group by likeness",
        "Take faces for one person whose mean score passes the chosen encoder's threshold",
        lambda window: _ask(window, GalleryController.group_by_likeness),
        menu=MENU,
        group="people",
        disabled_reason=_cannot_group,
        checked=lambda window: window.dispatcher.session[GALLERY].grouping.rule == "likeness",
    ),
    ActionSpec(
        "gallery_open",
        "Open in session",
        "Load the chosen faces, to be inverted and read",
        lambda window: _ask(window, lambda gallery: gallery.open(_browsing(window).chosen)),
        menu=MENU,
        group="chosen",
        icon="open",
        shortcut="Ctrl+Return",
        disabled_reason=_none_chosen,
    ),
    ActionSpec(
        "gallery_nearest",
        "Nearest to this",
        "Sort the gallery by similarity to the chosen face",
        _nearest,
        menu=MENU,
        group="chosen",
        disabled_reason=_none_chosen,
    ),
    ActionSpec(
        "gallery_compare",
        "Compare",
        "Lay two to four chosen faces side by side, with the score of each pair",
        _compare,
        menu=MENU,
        group="chosen",
        disabled_reason=_cannot_compare,
    ),
    ActionSpec(
        "gallery_template",
        "Make a template",
        "Average the chosen faces' embeddings to one vector, which is inverted and read like any other",
        lambda window: _ask(window, lambda gallery: gallery.make_template(_browsing(window).chosen)),
        menu=MENU,
        group="chosen",
        disabled_reason=_cannot_average,
    ),
    ActionSpec(
        "gallery_protect",
        "Protect these vectors…",
        "Write the chosen faces' embeddings without the attribute that the Laboratory takes out, such as gender",
        _protect,
        menu=MENU,
        group="chosen",
        icon="export",
        disabled_reason=_none_chosen,
    ),
    ActionSpec(
        "gallery_name",
        "Name person…",
        "Say who the chosen faces are",
        lambda window: _panel(window, "name_person"),
        menu=MENU,
        group="chosen",
        disabled_reason=_none_chosen,
    ),
    ActionSpec(
        "gallery_remove",
        "Remove from gallery",
        "Take the chosen faces out of the session; undo brings them back",
        lambda window: _ask(window, lambda gallery: gallery.remove(_browsing(window).chosen)),
        menu=MENU,
        group="chosen",
        disabled_reason=_none_chosen,
    ),
    ActionSpec(
        "gallery_forget",
        "Forget for good…",
        "Remove every trace of the chosen faces from session, history, autosave and cache; you are asked first",
        lambda window: window.service(ForgetService).of_gallery(_browsing(window).chosen),
        menu=MENU,
        group="chosen",
        icon="forget",
        disabled_reason=_none_chosen,
    ),
    _map("pca", "Map by principal components", "Lay the faces out along the two directions they vary most in"),
    _map("t-sne", "Map by t-SNE", "Lay the faces out so that neighbours stay neighbours; takes a minute for thousands"),
    ActionSpec(
        "map_stop",
        "Stop mapping",
        "Let the points rest where they are",
        lambda window: _ask(window, lambda gallery: gallery.views.stop_mapping()),
        menu=MENU,
        group="map",
        icon="stop",
        disabled_reason=_no_points_move,
    ),
)
