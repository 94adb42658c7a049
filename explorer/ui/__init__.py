"""The window: Qt only. Draws the session, sends requests, computes nothing."""

import ctypes
import sys

if sys.version_info < (3, 12):
    # PySide 6.12 hands out None, True and False from its methods, such as `QWidget.update` and `QWidget.isVisible`,
    # without counting the reference. Before Python 3.12, where these are immortal, the count then falls to nothing
    # after some hundred thousand calls, and the interpreter ends the program. So many references more than all calls
    # of a session can lose:
    for _one in (None, True, False):
        ctypes.c_ssize_t.from_address(id(_one)).value += 1 << 40
