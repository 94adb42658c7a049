"""A pickle that would take for ever or make giants is refused before any of it is made."""

from __future__ import annotations

import io
import pickle
import struct

import numpy as np
import pytest

from explorer.science.networks.restricted_pickle import InertArray, PickleError, load_restricted, refuse_crafted


def by_hand(*parts: bytes) -> bytes:
    return b"\x80\x02" + b"".join(parts) + b"."


def doubled(times: int) -> bytes:
    """A tuple of two of a tuple of two of ..., each remembered and recalled."""
    return b"K\x01" + b"".join(b"q" + bytes([place]) + b"h" + bytes([place]) + b"\x86" for place in range(times))


def test_tuples_within_tuples_are_hashed_for_no_dictionary() -> None:
    with pytest.raises(PickleError, match="hold each other millions of times"):
        load_restricted(by_hand(b"}", doubled(60), b"K\x01s"))
    assert len(load_restricted(by_hand(b"}", doubled(5), b"K\x01s"))) == 1


def test_lists_may_hold_the_same_list_again() -> None:
    found = [1]
    for _ in range(60):
        found = [found, found]
    assert load_restricted(pickle.dumps(found))[0][0] is not None


def test_what_picklers_write_is_let_through() -> None:
    content = {"a": [(1, 2), {"b": (3, (4, 5))}], ("k", 1): np.arange(6.0).reshape(2, 3), "s": {1, 2}, "f": (1.5,) * 9}
    for protocol in range(6):
        refuse_crafted(io.BytesIO(pickle.dumps(content, protocol)))


@pytest.mark.parametrize("protocol", range(6))
def test_arrays_come_back(protocol: int) -> None:
    values = np.arange(6, dtype=">i4").reshape(2, 3)
    found = load_restricted(pickle.dumps({"x": values}, protocol), encoding="latin1", **_more(protocol))["x"]
    assert isinstance(found, InertArray)
    assert np.array_equal(found.values, values)


def _more(protocol: int) -> dict[str, object]:
    from explorer.science.networks.restricted_pickle import ARRAY_NAMES, bytes_of

    return {"known": {**ARRAY_NAMES, ("_codecs", "encode"): bytes_of}}


def test_a_place_far_off_is_not_made_room_for() -> None:
    with pytest.raises(PickleError, match="remembers more than it holds"):
        load_restricted(by_hand(b"]r\xff\xff\xff\x07"))


def test_bytes_are_made_of_no_number() -> None:
    crafted = by_hand(
        b"cnumpy.core.numeric\n_frombuffer\n(\x8a\x05", (1 << 33).to_bytes(5, "little"),
        b"cnumpy\ndtype\nX\x02\0\0\0f4",
        b"\x85R(K\x01tX\x01\0\0\0CtR",
    )  # fmt: skip
    with pytest.raises(PickleError, match="objects, not numbers"):
        load_restricted(crafted)


@pytest.mark.parametrize(
    "shape", [b"(X\x01\0\0\0a\x8a\x05" + (1 << 33).to_bytes(5, "little") + b"t", b"(J\xff\xff\xff\xfft", b"(\x88t"]
)
def test_sizes_that_are_no_counts_are_not_multiplied(shape: bytes) -> None:
    array = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\nK\x00\x85C\x01btR"
    dtype = b"cnumpy\ndtype\nX\x02\0\0\0f4\x85R"
    with pytest.raises(PickleError, match="sizes that are no counts"):
        load_restricted(by_hand(array, b"(K\x01", shape, dtype, b"\x89C\x04", struct.pack("<f", 1), b"tb"))


def test_a_type_is_a_word() -> None:
    array = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\nK\x00\x85C\x01btR"
    crafted = by_hand(array, b"(K\x01K\x01\x85cnumpy\ndtype\n", doubled(15), b"\x85R\x89C\x04\0\0\0\0tb")
    with pytest.raises(PickleError, match=r"type '\?'"):
        load_restricted(crafted)
