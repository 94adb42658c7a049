"""Cases of what surrounds a command: names of files, what lies in folders, displays, homes, and files that are none."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping

from benchmarks.hands_kit import FIRST, ROOT, SECOND, Cases, Hands, right

CASES = Cases("surroundings")

# --- names


@CASES("a name that is not UTF-8 is embedded")
def _(hands: Hands) -> None:
    name = os.fsdecode(b"caf\xe9.png")
    hands.copy(FIRST, name)
    hands.run("embed", name, "--out", "out").did()
    right(list((hands.folder / "out").glob("*.npy")), "nothing is written")


@CASES("a folder with a name that is not UTF-8 is batched whole")
def _(hands: Hands) -> None:
    hands.copy(FIRST, "photos/" + os.fsdecode(b"caf\xe9.png"))
    hands.copy(SECOND, "photos/good.png")
    ended = hands.run("batch", "embed", "photos", "--out", "out")
    ended.did()
    right(len(list(hands.folder.glob("out/**/embedding.npy"))) >= 2 or "2" in ended.out, "one of both is missing")


@CASES("a name with a line break takes one line")
def _(hands: Hands) -> None:
    hands.copy(FIRST, "two\nlines.png")
    ended = hands.run("embed", "two\nlines.png")
    ended.did()
    right(len(ended.out.strip().splitlines()) == 1, f"several lines: {ended.out!r}")


@CASES("a name with a terminal's escape is shown without it")
def _(hands: Hands) -> None:
    hands.copy(FIRST, "red\x1b[31m.png")
    ended = hands.run("embed", "red\x1b[31m.png")
    ended.did()
    right("\x1b[31m" not in ended.out, "the escape reaches the terminal")


@CASES("a name of 250 bytes leaves a vector with its record or neither")
def _(hands: Hands) -> None:
    name = "n" * 246 + ".png"
    hands.copy(FIRST, name)
    hands.run("embed", name, "--out", "out")
    written = list((hands.folder / "out").glob("*")) if (hands.folder / "out").exists() else []
    right(len(written) in (0, 2), f"{len(written)} files stay behind")


@CASES("names with spaces, quotes, a leading dash and emoji are embedded")
def _(hands: Hands) -> None:
    for name in ("a b'c\".png", "-dash.png", "😀.png"):
        hands.copy(FIRST, name)
        hands.run("embed", f"./{name}").did()


# --- folders


@CASES("a pipe in a folder does not hang batch")
def _(hands: Hands) -> None:
    hands.copy(FIRST, "photos/good.png")
    os.mkfifo(hands.folder / "photos" / "pipe.jpg")
    hands.run("batch", "embed", "photos", "--out", "out", patience=120)
    right(list(hands.folder.glob("out/**/embedding.npy")), "the good one is not done")


@CASES("a link to a device in a folder does not hang batch")
def _(hands: Hands) -> None:
    hands.copy(FIRST, "photos/good.png")
    (hands.folder / "photos" / "zero.png").symlink_to("/dev/zero")
    hands.run("batch", "embed", "photos", "--out", "out", patience=120)
    right(list(hands.folder.glob("out/**/embedding.npy")), "the good one is not done")


@CASES("a pipe given to embed is refused")
def _(hands: Hands) -> None:
    os.mkfifo(hands.folder / "pipe.jpg")
    hands.run("embed", "pipe.jpg", patience=60).refused("pipe.jpg")


@CASES("a device given to embed is refused")
def _(hands: Hands) -> None:
    hands.run("embed", "/dev/zero", patience=60).refused("zero", "device")


@CASES("a folder's .jfif and .jpe are read, HEIC is counted, @eaDir is passed over")
def _(hands: Hands) -> None:
    for name in ("a.jfif", "b.jpe"):
        hands.copy(SECOND, f"photos/{name}")
    hands.copy(SECOND, "photos/@eaDir/thumb.jpg")
    (hands.folder / "photos" / "c.heic").write_bytes(b"\x00\x00\x00\x18ftypheic" + bytes(64))
    ended = hands.run("batch", "embed", "photos", "--out", "out")
    ended.says("heic")
    right(len(list(hands.folder.glob("out/**/embedding.npy"))) == 2, "not both are done")


@CASES("a file without an ending in a folder is read by what it holds")
def _(hands: Hands) -> None:
    hands.copy(SECOND, "photos/IMG0001")
    ended = hands.run("batch", "embed", "photos", "--out", "out")
    right(
        list(hands.folder.glob("out/**/embedding.npy")) or "IMG0001" in ended.out + ended.err, "passed over in silence"
    )


# --- environments

_NO_DISPLAY = {"DISPLAY": None, "WAYLAND_DISPLAY": None, "QT_QPA_PLATFORM": None}


@CASES("without a display the window is refused with what to do")
def _(hands: Hands) -> None:
    _windowless(hands, _NO_DISPLAY)


@CASES("with a dead display the window is refused")
def _(hands: Hands) -> None:
    _windowless(hands, {**_NO_DISPLAY, "DISPLAY": ":7777"})


@CASES("with a dead Wayland display alone the window is refused")
def _(hands: Hands) -> None:
    _windowless(hands, {**_NO_DISPLAY, "WAYLAND_DISPLAY": "wayland-77"})


def _windowless(hands: Hands, environment: Mapping[str, str | None]) -> None:
    settings = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    done = subprocess.run(
        [sys.executable, str(ROOT / "run_explorer.py")],
        cwd=hands.folder,
        env={name: value for name, value in settings.items() if value is not None},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    right(done.returncode == 2, f"exit code {done.returncode}: {done.stderr[-300:]}")
    right(len(done.stderr.strip().splitlines()) == 1, f"not one line: {done.stderr[-300:]}")
    right("likeness" in done.stderr and "display" in done.stderr.lower(), f"no help: {done.stderr}")


# A user without a home and without an entry among the system's users, as in a container that is run as a number.
_NUMBER = """
import pwd
def getpwuid(number):
    raise KeyError(f"getpwuid(): uid not found: {number}")
pwd.getpwuid = getpwuid
"""
_HOMES = ("HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "USER", "LOGNAME")


@CASES("doctor answers a user without a home and a name")
def _(hands: Hands) -> None:
    _homeless(hands, "doctor")


@CASES("models list answers a user without a home and a name")
def _(hands: Hands) -> None:
    _homeless(hands, "models", "list")


@CASES("faces answers a user without a home and a name")
def _(hands: Hands) -> None:
    _homeless(hands, "faces", FIRST)


def _homeless(hands: Hands, *arguments: object) -> None:
    ended = hands.run(*arguments, environment=dict.fromkeys(_HOMES), prelude=_NUMBER)
    right(ended.code in (0, 2), f"exit code {ended.code}: {ended.err[-300:]}")
    right(ended.code == 0 or len(ended.lines) == 1, f"not one line: {ended.err[-300:]}")


@CASES("a configuration folder that is read-only makes no warnings")
def _(hands: Hands) -> None:
    (hands.folder / "config").mkdir(mode=0o500)
    settings = {"XDG_CONFIG_HOME": str(hands.folder / "config"), "MPLCONFIGDIR": None}
    ended = hands.run("faces", FIRST, environment=settings)
    ended.did()
    right(not ended.err.strip(), f"says: {ended.err.strip()[:300]}")


# --- models


def _instead(hands: Hands, content: bytes, *words: str) -> None:
    (hands.folder / "model.pkl").write_bytes(content)
    hands.run("fit", FIRST, "--model", "model.pkl").refused("model.pkl", *words)


@CASES("a Git LFS pointer in place of a model is called one")
def _(hands: Hands) -> None:
    _instead(hands, b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 1\n", "lfs")


@CASES("a web page in place of a model is called one")
def _(hands: Hands) -> None:
    _instead(hands, b"<!DOCTYPE html><html><body>Sign in</body></html>", "page")


@CASES("an empty file in place of a model is called empty")
def _(hands: Hands) -> None:
    _instead(hands, b"", "empty")
