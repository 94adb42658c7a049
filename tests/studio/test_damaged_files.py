"""Whatever is wrong with a file of any kind, it is read or refused in one line: no other error, warning or noise."""

from __future__ import annotations

import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

from explorer.science.errors import LikenessError
from explorer.studio.errors import explain
from tests.studio.damage_kit import Kind, damaged, kinds

KINDS = kinds()
FEW, MANY = 6, 20


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_whole_file_of_every_kind_is_read(kind: Kind, tmp_path: Path) -> None:
    path = kind.make(tmp_path)
    if path.suffix == ".gif":
        with pytest.raises(LikenessError):
            kind.read(path)
    else:
        kind.read(path)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_damaged_file_is_read_or_refused_in_one_line(
    kind: Kind, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    _damage(kind, tmp_path, range(FEW), capfd)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_many_damaged_files_are_read_or_refused_in_one_line(
    kind: Kind, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    _damage(kind, tmp_path, range(FEW, FEW + MANY), capfd)


_LOGGED = """
import sys
from pathlib import Path
from explorer.science.faces.reading import read_file
from explorer.studio.export.provenance import read_provenance
for read, name in ((read_file, "odd.tif"), (read_provenance, "odd.pdf")):
    try:
        read(Path(sys.argv[1]) / name)
    except ValueError as error:
        print(error)
"""


@pytest.mark.slow
def test_what_libraries_log_of_a_damaged_file_is_not_written(tmp_path: Path) -> None:
    """In a program of its own: the test runner catches what would be logged."""
    made = {kind.name: kind.make(tmp_path) for kind in KINDS if kind.name in {"raw.tif", "figure.pdf"}}
    tiff = made["raw.tif"].read_bytes()
    samples = tiff.index(b"\x15\x01\x03\x00\x01\x00\x00\x00")  # tag 277, one short number
    (tmp_path / "odd.tif").write_bytes(tiff[: samples + 8] + b"\x00\x40" + tiff[samples + 10 :])
    (tmp_path / "odd.pdf").write_bytes(made["figure.pdf"].read_bytes().replace(b"startxref", b"startxfer"))
    done = subprocess.run([sys.executable, "-c", _LOGGED, tmp_path], capture_output=True, text=True, check=True)
    assert "odd.tif is damaged" in done.stdout
    assert done.stderr == ""


def _damage(kind: Kind, folder: Path, seeds: range, capfd: pytest.CaptureFixture[str]) -> None:
    path = kind.make(folder)
    whole = path.read_bytes()
    escaped = []
    for seed in seeds:
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_bytes(damaged(whole, np.random.default_rng([seed, *kind.name.encode()])))
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                kind.read(path)
            except Exception as error:
                line = explain(error)
                if line is None or not line or "\n" in line:
                    escaped.append(f"{kind.name} {seed}: {type(error).__name__}: {error}")
    assert not escaped, "\n".join(escaped)
    assert capfd.readouterr() == ("", "")
