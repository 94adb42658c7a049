"""dlib's streams: integers and layers as dlib writes them, and refusal of damaged ones."""

import numpy as np
import pytest

from explorer.science.networks.dlib_stream import read_layers
from explorer.science.networks.errors import NetworkFileError


def integer(value: int) -> bytes:
    size = max(1, (abs(value).bit_length() + 7) // 8)
    return bytes([size | (0x80 if value < 0 else 0)]) + abs(value).to_bytes(size, "little")


def layer(kind: str, values: np.ndarray, before: tuple[int, ...] = (), after: tuple[int, ...] = ()) -> bytes:
    dimensions = (values.size, 1, 1, 1)
    numbers = b"".join(map(integer, (2, *dimensions)))
    start = integer(len(kind)) + kind.encode() + b"".join(map(integer, before))
    return start + numbers + values.astype("<f4").tobytes() + b"".join(map(integer, after))


def test_layers_come_in_order_with_their_parameters_and_settings():
    kernel, gain, head = np.arange(30.0), np.arange(300.0), np.arange(6.0) - 3
    settings = (32, 7, 7, 2, 2, 0, -1)
    data = (
        b"junk" + layer("con_4", kernel, after=settings) + layer("affine_", gain) + layer("fc_2", head, before=(2, 3))
    )
    layers = read_layers(data)
    assert [one.kind for one in layers] == ["con_4", "affine_", "fc_2"]
    assert [one.settings for one in layers] == [settings, (), (2, 3)]
    for one, values in zip(layers, (kernel, gain, head), strict=True):
        np.testing.assert_array_equal(one.parameters.numpy(), values)


@pytest.mark.parametrize("cut", [8, 20, 60])
def test_a_truncated_layer_is_refused(cut):
    with pytest.raises(NetworkFileError, match=r"truncated|no dlib"):
        read_layers(layer("affine_", np.arange(40.0))[:cut])


def test_a_file_without_layers_is_refused():
    with pytest.raises(NetworkFileError, match="no dlib network"):
        read_layers(b"a text file")


def test_a_tensor_that_claims_more_than_the_file_holds_is_refused():
    data = layer("affine_", np.arange(4.0)).replace(integer(4) + integer(1), integer(1 << 27) + integer(1), 1)
    with pytest.raises(NetworkFileError, match="truncated"):
        read_layers(data)
