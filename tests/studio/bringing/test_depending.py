"""What depends on an encoder of the user's is said before it is removed."""

from __future__ import annotations

import numpy as np

from explorer.studio.app.features import new_session
from explorer.studio.bringing.depending import STAYS, what_depends
from explorer.studio.faces.state import EMBEDDINGS, ENCODER, VECTORS, LoadedVector
from tests.studio.bringing.slice_samples import card


def test_what_is_of_it_in_the_session_is_counted() -> None:
    session, mine = new_session(), card()
    vector = np.ones(32, np.float32)
    session[EMBEDDINGS] = {"a": {"mine": vector}, "b": {"mine": vector, "sface": vector}, "c": {"sface": vector}}
    session[VECTORS] = {"x": LoadedVector("x", "me.npy", "ab", "mine", vector)}
    session[ENCODER] = "mine"
    said = what_depends(session, mine, [mine])
    assert "2 faces are embedded by it, 1 opened embedding is its own" in said
    assert "another is chosen instead" in said
    assert said.endswith(STAYS)


def test_a_file_that_another_one_needs_stays() -> None:
    said = what_depends(new_session(), card("mine"), [card("mine"), card("yours"), card("other", sha256="cd" * 32)])
    assert "Its file stays for yours." in said
    assert "In this session" not in said
