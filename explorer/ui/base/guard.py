"""Keeps an error in one of Qt's virtual methods from ending the program.

Python errors that leave a method which Qt calls are not always turned back into Python errors: under Python 3.11 some
end the process in the binding. So they are caught here and go where all errors go.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any, TypeVar, cast

Method = TypeVar("Method", bound=Callable[..., Any])


def guarded(method: Method) -> Method:
    """Send whatever a void override raises to `sys.excepthook`."""
    return guarded_as(None)(method)


def guarded_as(otherwise: object) -> Callable[[Method], Method]:
    """Send whatever an override raises to `sys.excepthook`, and return this in its place."""

    def decorate(method: Method) -> Method:
        @functools.wraps(method)
        def safe(*args: Any) -> Any:
            try:
                return method(*args)
            except Exception:
                sys.excepthook(*sys.exc_info())
                return otherwise

        return cast(Method, safe)

    return decorate
