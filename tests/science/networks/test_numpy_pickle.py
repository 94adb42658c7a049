"""Pickled arrays are read as tensors; whatever else a pickle may hold is refused, and nothing of it is run."""

import os
import pickle

import numpy as np
import pytest
import torch

from explorer.science.networks.errors import NetworkFileError
from explorer.science.networks.numpy_pickle import read_numpy_pickle

ARRAYS = {
    "a": {"kernel": np.arange(24, dtype=np.float32).reshape(2, 3, 4), "bias": np.float64([1.5])},
    "b": np.asfortranarray(np.arange(6, dtype=np.int64).reshape(2, 3)),
    "c": np.arange(5, dtype=">f4"),
}


@pytest.mark.parametrize("protocol", [3, 4])
def test_arrays_come_back_whatever_their_order(protocol):
    read = read_numpy_pickle(pickle.dumps(ARRAYS, protocol))
    torch.testing.assert_close(read["a"]["kernel"], torch.arange(24.0).reshape(2, 3, 4))
    torch.testing.assert_close(read["a"]["bias"], torch.tensor([1.5], dtype=torch.float64))
    torch.testing.assert_close(read["b"], torch.arange(6).reshape(2, 3))
    torch.testing.assert_close(read["c"], torch.arange(5.0))


class Harmful:
    def __init__(self, made):
        self.made = made

    def __reduce__(self):
        return os.mkdir, (str(self.made),)


def test_code_in_a_pickle_is_not_run(tmp_path):
    data = pickle.dumps({"a": Harmful(tmp_path / "made")})
    with pytest.raises(NetworkFileError, match=r"asks for .*mkdir, which is never loaded"):
        read_numpy_pickle(data)
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (pickle.dumps({"a": np.array([{}], dtype=object)}, 4), "not plain numbers"),
        (pickle.dumps({"a": 3}), "holds a int"),
        (pickle.dumps([1]), "damaged"),
        (pickle.dumps({"a": np.zeros(2, np.longdouble)}, 4), "damaged"),
        (pickle.dumps(ARRAYS, 4)[:-80], "damaged"),
        (b"not a pickle", "damaged"),
        (b"", "damaged"),
    ],
)
def test_anything_else_is_refused(data, said):
    with pytest.raises(NetworkFileError, match=said):
        read_numpy_pickle(data)


def test_an_array_that_claims_another_shape_is_refused():
    data = pickle.dumps({"a": np.zeros(7, np.float32)}, 4)
    assert data.count(b"K\x07\x85") == 1
    with pytest.raises(NetworkFileError, match=r"shape \(9,\) has 7 numbers"):
        read_numpy_pickle(data.replace(b"K\x07\x85", b"K\x09\x85"))
