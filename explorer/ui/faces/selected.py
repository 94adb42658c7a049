"""What is selected, as exports need it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from explorer.studio.faces.state import EMBEDDINGS, ENCODER, SELECTED, VECTORS
from explorer.studio.session.state import Session


def selected_vector(session: Session) -> NDArray[np.float32] | None:
    """Return the (D,) embedding of what is selected under the chosen encoder, if there is one."""
    key = session[SELECTED] or ""
    bare = session[VECTORS].get(key)
    return bare.vector if bare is not None else session[EMBEDDINGS].get(key, {}).get(session[ENCODER])
