"""The example that turns an encoder into a black box, asked as the program itself asks."""

from __future__ import annotations

import http.client
import io
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from examples import blackbox_server
from examples.blackbox_server import Pace, answer_lines, answer_picture, server
from explorer.science.faces.face import FaceError
from explorer.studio.blackbox.answer import BlackBoxError, TransientError
from explorer.studio.blackbox.endpoint import Endpoint


def embed(picture: bytes) -> list[float] | None:
    if picture == b"no picture":
        raise FaceError("it is no picture")
    return None if picture == b"no face" else [float(len(picture)), 1.0]


@contextmanager
def running(rate: float | None = None) -> Iterator[int]:
    listening = server(embed, 0, rate)
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield listening.server_address[1]
    finally:
        listening.shutdown()
        thread.join()
        listening.server_close()


def test_it_answers_a_face_refuses_what_is_none_and_stands_on_this_machine_alone() -> None:
    with running() as port, Endpoint(f"http://127.0.0.1:{port}") as box:
        assert box.embed(b"abc").tolist() == [3, 1]  # type: ignore[union-attr]
        assert box.embed(b"no face") is None
        with pytest.raises(BlackBoxError, match=r"400.*it is no picture"):
            box.embed(b"no picture")
    assert blackbox_server.HOST == "127.0.0.1"


def test_who_asks_too_fast_is_told_how_long_to_wait() -> None:
    with running(rate=0.01) as port, Endpoint(f"http://127.0.0.1:{port}") as box:
        box.embed(b"abc")
        with pytest.raises(TransientError, match="too fast") as caught:
            box.embed(b"abc")
        assert caught.value.after == pytest.approx(60)  # as long as is waited at most
    clock = [0.0]
    pace = Pace(2, lambda: clock[0])
    assert pace.too_soon() == 0
    assert pace.too_soon() == 0.5
    clock[0] = 0.5
    assert pace.too_soon() == 0
    assert Pace(None).too_soon() == Pace(None).too_soon() == 0


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/other", {"Content-Length": "3"}, 404),
        ("/embed", {"Content-Length": "99999999999"}, 413),
        ("/embed", {"Content-Length": "-1"}, 411),
        ("/embed", {"Transfer-Encoding": "chunked"}, 411),
    ],
)
def test_requests_that_are_none_are_refused(path: str, headers: dict[str, str], status: int) -> None:
    with running() as port:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.putrequest("POST", path)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders(b"abc" if status == 404 else None)
        with connection.getresponse() as answer:
            assert answer.status == status
            assert "error" in json.loads(answer.read())
        connection.close()


def test_lines_are_answered_in_order_and_a_bad_one_ends_nothing(tmp_path: Path) -> None:
    (tmp_path / "a b.png").write_bytes(b"abc")
    (tmp_path / "none.png").write_bytes(b"no face")
    lines = io.StringIO(f"{tmp_path}/a b.png\n{tmp_path}/missing.png\n{tmp_path}/none.png\n")
    out = io.StringIO()
    answer_lines(embed, lines, out)
    first, second, third = map(json.loads, out.getvalue().splitlines())
    assert (first, third) == ({"vector": [3.0, 1.0]}, {"error": "no face"})
    assert "No such file" in second["error"]
    alone = io.StringIO()
    answer_picture(embed, io.BytesIO(b"abcd"), alone)
    assert json.loads(alone.getvalue()) == {"vector": [4.0, 1.0]}


def test_an_unknown_encoder_is_said_in_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["blackbox_server.py", "--encoder", "nobody"])
    assert blackbox_server.main() == 2
    assert capsys.readouterr().err.startswith("no encoder called 'nobody'")
