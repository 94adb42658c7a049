"""Looking at the pictures of a run: zoomed, at full size, by turns."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from explorer.studio.inversion.state import RUN
from explorer.ui.actions.conditions import no_picture
from explorer.ui.actions.registry import ActionSpec
from explorer.ui.base.window import Window

if TYPE_CHECKING:
    from explorer.ui.inversion.looking import Looking
    from explorer.ui.widgets.lens import Lens

MENU = "Run/Pictures"


@runtime_checkable
class _Looks(Protocol):
    looking: Looking


def _looking(window: Window) -> Looking:
    from explorer.ui.inversion.panel import InversionPanel  # the window paints first

    return window.panel(InversionPanel).looking


def _there(window: Window) -> Looking | None:
    """What is looked at, without making the panel for the question."""
    shown = window.middle.currentWidget()
    return shown.looking if isinstance(shown, _Looks) else None


def _nothing_drawn(window: Window) -> str:
    run = window.dispatcher.session[RUN]
    return "" if run is not None and run.image is not None else "no run has made a picture yet"


def _cannot_swap(window: Window) -> str:
    run = window.dispatcher.session[RUN]
    return "a bare embedding has no photograph" if run is not None and run.target_frame is None else no_picture(window)


def _full(window: Window) -> None:
    looking = _looking(window)
    if looking.full is None:
        looking.enlarge()
    else:
        looking.reduce()


def _swap(window: Window) -> None:
    blinker = _looking(window).blinker
    blinker.hold(not blinker.swapped)


def _quicken(by: int) -> Callable[[Window], object]:
    return lambda window: _looking(window).blinker.quicken(by)


def _zoom(name: str, text: str, tip: str, keys: str, act: Callable[[Lens], object]) -> ActionSpec:
    return ActionSpec(
        f"picture_{name}",
        text,
        tip,
        lambda window: act(_looking(window).lens),
        menu=MENU,
        group="zoom",
        shortcut=keys,
        disabled_reason=_nothing_drawn,
    )


def _is_full(window: Window) -> bool:
    looking = _there(window)
    return looking is not None and looking.full is not None


def _is_swapped(window: Window) -> bool:
    looking = _there(window)
    return looking is not None and looking.blinker.swapped and not looking.blinker.blinking


def _blinks(window: Window) -> bool:
    looking = _there(window)
    return looking is not None and looking.blinker.blinking


LOOK_ACTIONS = (
    ActionSpec(
        "pictures_menu",
        "Pictures",
        "Target, Current and Best: zoomed, at full size, by turns",
        menu="Run",
        group="look",
    ),
    ActionSpec(
        "picture_full",
        "Full size",
        "Show the best picture over the whole window; 1, 2 and 3 show Target, Current and Best there, Esc leads back",
        _full,
        menu=MENU,
        group="full",
        icon="full",
        shortcut="Shift+F11",
        disabled_reason=no_picture,
        checked=_is_full,
    ),
    ActionSpec(
        "picture_swap",
        "Target in the place of the result",
        "Lay the target over Current and Best, or take it away; on a picture, hold B",
        _swap,
        menu=MENU,
        group="turns",
        icon="swap",
        shortcut="Alt+T",
        disabled_reason=_cannot_swap,
        checked=_is_swapped,
    ),
    ActionSpec(
        "picture_blink",
        "Blink target and result",
        "Let target and result take turns in one place, or rest",
        lambda window: _looking(window).toggle_blinking(),
        menu=MENU,
        group="turns",
        icon="blink",
        shortcut="Alt+B",
        disabled_reason=_cannot_swap,
        checked=_blinks,
    ),
    ActionSpec(
        "picture_quicker", "Blink quicker", "Show more pictures a second", _quicken(1), menu=MENU, group="turns"
    ),
    ActionSpec(
        "picture_slower", "Blink slower", "Show fewer pictures a second", _quicken(-1), menu=MENU, group="turns"
    ),
    _zoom("in", "Zoom in", "Zoom into all three pictures", "Alt+=; Alt++", lambda lens: lens.zoom_in()),
    _zoom("out", "Zoom out", "Show more of all three pictures", "Alt+-", lambda lens: lens.zoom_out()),
    _zoom("all", "Show all", "Show the three pictures whole", "Alt+0", lambda lens: lens.reset()),
)
