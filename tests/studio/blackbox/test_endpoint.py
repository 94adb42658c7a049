"""A black box over HTTP: the answers that are none are told apart, and no picture leaves this machine."""

from __future__ import annotations

import json
import select
import socket
from http.server import BaseHTTPRequestHandler

import pytest

from explorer.studio.blackbox.answer import LARGEST_ANSWER, BlackBoxError, TransientError
from explorer.studio.blackbox.endpoint import Endpoint, place_of
from tests.studio.blackbox.kit import answering, listening

PICTURE = b"\x89PNG and more"


def test_a_picture_goes_out_as_it_is_and_a_vector_comes_back_over_one_connection() -> None:
    with listening(answering((200, {"vector": [1, 2.5, -3]}))) as server, Endpoint(server.url) as box:
        assert box.embed(PICTURE).tolist() == [1, 2.5, -3]  # type: ignore[union-attr]
        assert box.embed(PICTURE).dtype == "float32"  # type: ignore[union-attr]
        assert server.asked == [PICTURE, PICTURE]
        assert server.connections == 1
        assert box.name == f"{server.url}/embed"


def test_a_connection_that_the_server_has_closed_meanwhile_costs_no_second_query() -> None:
    with (
        listening(answering((200, {"vector": [1, 2]}, {"Connection": "close"}))) as server,
        Endpoint(server.url) as box,
    ):
        box.embed(PICTURE)
        box.embed(PICTURE)
        assert (len(server.asked), server.connections) == (2, 2)


def test_no_face_is_an_answer_and_too_fast_and_broken_servers_may_be_asked_again() -> None:
    answers = answering(
        (422, {"error": "no face"}), (429, {}, {"Retry-After": "1.5"}), (429, {}, {"Retry-After": "soon"}), (503, {})
    )
    with listening(answers) as server, Endpoint(server.url) as box:
        assert box.embed(PICTURE) is None
        for after in (1.5, None, None):
            with pytest.raises(TransientError) as caught:
                box.embed(PICTURE)
            assert (caught.value.after, caught.value.left) == (after, True)


@pytest.mark.parametrize(
    ("status", "content", "words"),
    [
        (400, {"error": "no picture"}, "status 400"),
        (302, {}, "status 302"),
        (200, b"<html>", "not JSON"),
        (200, b"[" * 100_000, "not JSON"),
        (200, {"embedding": [1, 2]}, "no vector"),
        (200, {"vector": "abc"}, "no vector"),
        (200, {"vector": [1]}, "1 numbers"),
        (200, {"vector": [1] * 8193}, "8193 numbers"),
        (200, {"vector": [1, True]}, "numbers alone"),
        (200, b'{"vector": [1, NaN]}', "not finite"),
        (200, b'{"vector": [1, 1e400]}', "not finite"),
        (200, b'{"vector": [1, ' + b"9" * 400 + b"]}", "not finite"),
        (200, {"vector": [0, 0]}, "zeros only"),
        (200, b" " * (LARGEST_ANSWER + 2), "more than 1 MB"),
    ],
)
def test_what_is_no_answer_is_refused_in_one_line_and_not_asked_again(status: int, content: object, words: str) -> None:
    with listening(answering((status, content))) as server, Endpoint(server.url) as box:
        with pytest.raises(BlackBoxError, match=words) as caught:
            box.embed(PICTURE)
        assert not isinstance(caught.value, TransientError)
        assert len(str(caught.value)) < 400
        assert len(str(caught.value).splitlines()) == 1


def test_an_answer_that_trickles_is_given_up_when_its_time_is_over() -> None:
    def trickle(request: BaseHTTPRequestHandler, picture: bytes) -> None:
        request.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        # A byte now and then, until the client goes.
        while not select.select([request.connection], [], [], 0.02)[0]:
            request.wfile.write(b" ")
        request.close_connection = True

    with (
        listening(trickle) as server,
        Endpoint(server.url, timeout=0.2) as box,
        pytest.raises(TransientError, match=r"did not answer within 0\.2 s"),
    ):
        box.embed(PICTURE)


def test_nothing_listening_is_said_and_nothing_has_left() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with Endpoint(f"http://127.0.0.1:{port}") as box, pytest.raises(TransientError, match="is not there") as caught:
        box.embed(PICTURE)
    assert not caught.value.left


@pytest.mark.parametrize(
    "url",
    [
        "http://192.168.0.1:8713",
        "http://example.org/embed",
        "http://localhost.example.org",
        "http://[2001:db8::1]:80",
        "http://0.0.0.0:8713",
        "http://127.0.0.1.example.org",
        "http://2130706434.example",
        "https://127.0.0.1:8713",
        "ftp://127.0.0.1",
        "file:///etc/passwd",
        "127.0.0.1:8713",
        "http://",
        "http://127.0.0.1:port",
        "http://127.0.0.1:99999",
        "http://user:word@127.0.0.1",
        "http://127.0.0.1/embed?to=http://example.org",
        "http://127.0.0.1/a b",
        "http://127.0.0.1/a\r\nHost: example.org",
        "http://[::1",
    ],
)
def test_addresses_that_are_not_this_machines_are_refused(url: str) -> None:
    with pytest.raises(BlackBoxError):
        place_of(url)


def test_addresses_of_this_machine_are_taken() -> None:
    assert place_of("http://127.0.0.1:8713").url == "http://127.0.0.1:8713/embed"
    assert place_of("http://LocalHost/other").url == "http://127.0.0.1:80/other"
    assert place_of("http://[::1]:99/").url == "http://[::1]:99/embed"
    assert place_of("http://127.8.9.1:1/").host == "127.8.9.1"


def test_a_proxy_of_the_surroundings_is_passed_by(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with listening(answering((200, {"vector": [1, 2]}))) as server, Endpoint(server.url) as box:
        assert box.embed(PICTURE) is not None


def test_a_redirection_is_not_followed() -> None:
    with listening(answering((200, {"vector": [1, 2]}))) as elsewhere:
        away = answering((307, {}, {"Location": f"{elsewhere.url}/embed"}))
        with listening(away) as server, Endpoint(server.url) as box, pytest.raises(BlackBoxError, match="307"):
            box.embed(PICTURE)
        assert elsewhere.asked == []


def test_what_the_server_says_of_a_refusal_is_shown_in_bounds() -> None:
    said = json.dumps({"error": "x" * 5000 + "\x1b[31m"}).encode()
    with (
        listening(answering((413, said))) as server,
        Endpoint(server.url) as box,
        pytest.raises(BlackBoxError) as caught,
    ):
        box.embed(PICTURE)
    assert "\x1b" not in str(caught.value)
    assert len(str(caught.value)) < 300


def test_lengths_that_are_none_break_the_answer_off() -> None:
    def handle(request: BaseHTTPRequestHandler, picture: bytes) -> None:
        request.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-4\r\nabcd\r\n")
        request.close_connection = True

    with listening(handle) as server, Endpoint(server.url) as box, pytest.raises(TransientError, match="broke off"):
        box.embed(PICTURE)
