"""The user's pip settings are followed, and only they."""

from __future__ import annotations

from pathlib import Path

import pypi_simple
import pytest

from explorer.studio.catalogue.index import session
from explorer.studio.catalogue.pip_settings import pip_settings
from tests.studio.catalogue.catalogue_kit import World


def test_without_settings_the_clients_own_default_index_is_used(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PIP_NO_INDEX")
    settings = pip_settings()
    assert settings.indexes == (pypi_simple.PYPI_SIMPLE_ENDPOINT,)
    assert settings.folders == ()


def test_a_configuration_file_is_read_and_a_variable_beats_it(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "pip.conf"
    file.write_text(
        "[global]\nindex-url = http://a.invalid/simple\nextra-index-url =\n    http://b.invalid/simple\n    file:///c\n"
        "cert = /etc/own.pem\nproxy = http://proxy.invalid:3128\ntimeout = 7\n"
        "[install]\nfind-links = /wheels file:///more%20wheels http://d.invalid/links\n"
    )
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(file))
    settings = pip_settings()
    assert settings.indexes == ("http://a.invalid/simple", "http://b.invalid/simple", "file:///c")
    assert settings.folders == (Path("/wheels"), Path("/more wheels"))
    assert settings.timeout == 7
    connected = session(settings)
    assert connected.verify == "/etc/own.pem"
    assert connected.proxies["https"] == "http://proxy.invalid:3128"
    monkeypatch.setenv("PIP_INDEX_URL", "http://e.invalid/simple")
    assert pip_settings().indexes[0] == "http://e.invalid/simple"


def test_no_index_means_none(world: World) -> None:
    assert pip_settings().indexes == ()
