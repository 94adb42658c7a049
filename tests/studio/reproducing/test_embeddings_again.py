"""Embeddings made again from the file alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from explorer.studio.app import cli
from explorer.studio.errors import UserError
from explorer.studio.export.provenance import read_provenance, sidecar, write_sidecar
from explorer.studio.faces.vectors import load_vector
from tests.studio.reproducing.again_kit import P005, made_again, two_faces


@pytest.mark.parametrize("suffix", [".npy", ".json", ".csv"])
def test_of_two_faces_the_right_one_is_embedded(networks, tmp_path: Path, suffix: str) -> None:
    photograph, vector = two_faces(tmp_path), tmp_path / f"v{suffix}"
    assert cli.main(["embed", str(photograph), "--face", "2", "--encoder", "sface", "--out", str(vector)]) == 0
    for given in (vector, sidecar(vector)):
        made = made_again(given, photograph, networks=networks)
        assert made.files[0] == tmp_path / f"v-again{suffix}"
        assert made.deviation.largest < 1e-4
        assert made.differences == ()
    np.testing.assert_allclose(load_vector(made.files[0]).vector, load_vector(vector).vector, atol=1e-4)
    with pytest.raises(UserError, match=r"was made from two\.png"):
        made_again(vector, P005, networks=networks)
    record = read_provenance(vector)
    del record["points"]
    write_sidecar(vector, record)
    with pytest.raises(UserError, match="earlier version"):
        made_again(vector, photograph, networks=networks)
