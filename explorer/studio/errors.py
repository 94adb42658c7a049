"""The error that is the user's to mend: one line on the command line, a toast in the window."""

from __future__ import annotations


class UserError(ValueError):
    """What the user can put right: the message says what was wrong, with which file or value, what to do."""


class Cancelled(Exception):  # noqa: N818 - it is a wish that was granted, not a failure
    """Work that stopped because it was asked to; nothing half-made is left behind."""
