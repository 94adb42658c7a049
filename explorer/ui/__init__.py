"""The window: Qt only. Draws the session, sends requests, computes nothing."""

import ctypes
import sys

if sys.version_info < (3, 12):
    # PySide 6.12 hands out None from every method without a result, such as `QWidget.update`, without counting the
    # reference. Before Python 3.12, whose None is immortal, the count then falls to nothing after some hundred thousand
    # calls, and the interpreter ends the program. So many references more than all calls of a session can lose:
    ctypes.c_ssize_t.from_address(id(None)).value += 1 << 40
