"""`likeness generators`: what is imported is a choice of every command from then on, and what is wrong is one line."""

from __future__ import annotations

import json

import pytest

from explorer.science.generation.registry import GENERATORS
from explorer.studio import places
from explorer.studio.app import cli
from explorer.studio.catalogue.generators import register_brought
from tests.science.generation import brought_kit as kit


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.setenv(places.STATE_VARIABLE, str(tmp_path / "state"))
    yield
    monkeypatch.setenv(places.STATE_VARIABLE, str(tmp_path / "nothing"))
    register_brought()


@pytest.fixture
def pickled(tmp_path):
    path = tmp_path / "tiny.pkl"
    path.write_bytes(kit.nvidia_pickle(kit.stylegan2()))
    return path


def test_import_list_use_and_remove(pickled, capsys):
    assert cli.main(["generators", "import", str(pickled), "--licence", "for tests", "--no-points"]) == 0
    said = capsys.readouterr().out
    assert "tiny: StyleGAN2 (nvidia), 32 px, Z 6, W 6, W+ 8 x 6" in said
    assert "licence: for tests" in said
    assert cli.main(["generators", "list", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert listed["built_in"] == ["mobilestylegan-ffhq"]
    assert [one["id"] for one in listed["own"]] == ["tiny"]
    assert cli.main(["generators", "list"]) == 0
    assert "mobilestylegan-ffhq: MobileStyleGAN (FFHQ), 1024 px, the default" in capsys.readouterr().out
    assert GENERATORS.names() == ("mobilestylegan-ffhq", "tiny")  # what --generator offers
    assert cli.main(["generators", "remove", "tiny"]) == 0
    assert "tiny is removed; it came from tiny.pkl" in capsys.readouterr().out
    assert cli.main(["invert", "face.jpg", "--out", "x", "--generator", "tiny"]) == 2
    assert "no generator called 'tiny'" in capsys.readouterr().err


@pytest.mark.parametrize("content", [b"not a pickle", b"\x80\x04cos\nsystem\n."])
def test_what_is_no_generator_is_refused_in_one_line(tmp_path, capsys, content):
    (tmp_path / "a.pkl").write_bytes(content)
    assert cli.main(["generators", "import", str(tmp_path / "a.pkl"), "--licence", "any"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("likeness: a.pkl is no generator that can be brought")
    assert said.count("\n") == 1


def test_a_licence_is_asked_for(pickled, capsys):
    assert cli.main(["generators", "import", str(pickled)]) == 2
    assert "under which terms may the generator be used?" in capsys.readouterr().err
