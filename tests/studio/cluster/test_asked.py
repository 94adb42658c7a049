"""What --cluster can say; whoever reaches a scheduler runs code, so what is not sure of its peers is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from explorer.studio import extras
from explorer.studio.app import cli
from explorer.studio.cluster.asked import Address, Here, Local, asked_cluster, asked_scheduler
from explorer.studio.cluster.certificates import CERTIFICATE, KEY, make_certificates
from explorer.studio.errors import UserError


def test_what_is_asked_for_is_understood(tmp_path: Path) -> None:
    assert asked_cluster(None) == Here()
    assert asked_cluster(None, 1) == Here(threads=1)
    assert asked_cluster(None, 3) == asked_cluster("local:3") == Local(3)
    assert asked_cluster("tcp://127.0.0.1:8786") == Address("tcp://127.0.0.1:8786")
    assert asked_cluster("tcp://[::1]:8786") == Address("tcp://[::1]:8786")
    assert asked_cluster("tls://node7.example:8786") == Address("tls://node7.example:8786")
    file = make_certificates(tmp_path / "run", "192.0.2.7:8786")
    found = asked_scheduler(str(file))
    assert found.address == "tls://192.0.2.7:8786"
    assert found.certificates is not None
    assert (found.certificates.key, found.certificates.authority) == (tmp_path / "run" / KEY, file.parent / CERTIFICATE)
    assert {path.stat().st_mode & 0o777 for path in file.parent.iterdir()} == {0o600}


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("local:0", "1 to 1024"),
        ("local:many", "no such file"),
        ("tcp://192.0.2.7:8786", "without TLS only one of this machine"),
        ("tcp://example.org:8786", "without TLS only one of this machine"),
        ("tcp://127.0.0.1", "no scheduler's address"),
        ("tcp://127.0.0.1:99999", "no scheduler's address"),
        ("tcp://someone@127.0.0.1:8786", "no scheduler's address"),
        ("tcp://127.0.0.1@192.0.2.7:8786", "no scheduler's address|without TLS"),
        ("https://127.0.0.1:8786", "no scheduler's address"),
        ("nowhere.toml", "no such file"),
    ],
)
def test_anything_else_is_refused(asked: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        asked_cluster(asked)


def test_two_answers_to_one_question_are_refused() -> None:
    with pytest.raises(UserError, match="one of the two"):
        asked_cluster("local:2", 2)
    with pytest.raises(UserError, match="names no scheduler"):
        asked_scheduler("local:2")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('scheduler = "tls://192.0.2.7:8786"\n', "authority"),
        ('scheduler = "tcp://192.0.2.7:8786"', "without TLS"),
        ('scheduler = "tcp://127.0.0.1:8786"', "are of tls"),
        ("scheduler", "names no scheduler"),
        ("\0" * 70_000, "too large"),
    ],
)
def test_a_file_that_is_not_as_it_should_be_is_refused(tmp_path: Path, text: str, said: str) -> None:
    file = make_certificates(tmp_path / "run", "192.0.2.7:8786")
    rest = file.read_text().partition("\n")[2]
    file.write_text(text if text.endswith("\n") else f"{text}\n{rest}")
    with pytest.raises(UserError, match=said):
        asked_cluster(str(file))


def test_what_others_may_read_or_write_is_refused(tmp_path: Path) -> None:
    file = make_certificates(tmp_path / "run", "192.0.2.7:8786")
    for place in (file, file.parent / KEY, file.parent / CERTIFICATE):
        place.chmod(0o640)
        with pytest.raises(UserError, match=f"chmod 600 .*{place.name}"):
            asked_cluster(str(file))
        place.chmod(0o600)
    (file.parent / KEY).unlink()
    with pytest.raises(FileNotFoundError):
        asked_cluster(str(file))


def test_no_key_takes_the_place_of_another(tmp_path: Path) -> None:
    make_certificates(tmp_path / "run", "192.0.2.7:8786")
    with pytest.raises(UserError, match="holds something"):
        make_certificates(tmp_path / "run", "192.0.2.7:8786")


def test_without_the_extra_it_is_said_what_to_install(tmp_path, monkeypatch, capsys) -> None:
    found = extras.find_spec
    monkeypatch.setattr(extras, "find_spec", lambda name: None if name == "distributed" else found(name))
    for line in (["people", "set", "--cluster", "local:2"], ["cluster", "certificates"]):
        assert cli.main([*line, "--out", str(tmp_path / "out")]) == 2
        said = capsys.readouterr().err
        assert said.endswith("needs distributed, which is not installed: pip install 'likeness[cluster]'\n")
        assert said.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
