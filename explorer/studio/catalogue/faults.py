"""Whose fault an error is: of the one file that was worked on, or of something that would befall the next one, too."""

from __future__ import annotations

from explorer.studio.catalogue.store import MissingNetwork
from explorer.studio.errors import disk_full, explain, out_of_memory


def fault_of_file(error: Exception) -> str | None:
    """The line that says what is wrong with the file; None where going on with the next one would help nobody."""
    if isinstance(error, MissingNetwork | ModuleNotFoundError) or disk_full(error) or out_of_memory(error):
        return None
    return explain(error)
