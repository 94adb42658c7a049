"""Every action of the window, by feature: one registration feeds menus, shortcuts, buttons and the command palette.

A new feature is a module here with its `ACTIONS`, and one line below. In a menu, actions of the same group stand
together; groups stand in the order in which they are first named here.
"""

from explorer.ui.composer import actions as composing
from explorer.ui.gallery import actions as gallery
from explorer.ui.geometry import actions as face_in_3d
from explorer.ui.help import actions as help  # noqa: A004 - the Help menu
from explorer.ui.inversion import actions as run
from explorer.ui.leakage import actions as readouts
from explorer.ui.session import actions as file
from explorer.ui.session import edit_actions as edit
from explorer.ui.window import actions as view

FEATURES = (
    file.ACTIONS,
    composing.ACTIONS,
    edit.ACTIONS,
    run.ACTIONS,
    view.ACTIONS,
    readouts.ACTIONS,
    face_in_3d.ACTIONS,
    gallery.ACTIONS,
    help.ACTIONS,
)
