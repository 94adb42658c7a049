"""Cases of the command line: sources, results, several at once, names, folders and environments."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.hands_kit import FIRST, QUICK, ROOT, SECOND, THIRD, Cases, Hands, right

CASES = Cases("command line")


# --- what is the user's


def _untouched(hands: Hands, *arguments: object) -> None:
    before = hands.photo.read_bytes()
    hands.run(*arguments).refused()
    right(hands.photo.read_bytes() == before, "the photograph is overwritten")


@CASES("render does not write onto its photograph")
def _(hands: Hands) -> None:
    _untouched(hands, "render", hands.photo, "--out", hands.photo)


@CASES("render does not write onto its photograph through a symbolic link")
def _(hands: Hands) -> None:
    (hands.folder / "link.png").symlink_to(hands.photo)
    _untouched(hands, "render", hands.photo, "--out", "link.png")


@CASES("render does not write onto its photograph through a hard link")
def _(hands: Hands) -> None:
    os.link(hands.photo, hands.folder / "hard.png")
    _untouched(hands, "render", hands.photo, "--out", "hard.png")


@CASES("probe does not write onto its photograph")
def _(hands: Hands) -> None:
    _untouched(hands, "probe", hands.photo, "--out", hands.photo)


@CASES("embed does not write onto the vector file of another photograph")
def _(hands: Hands) -> None:
    hands.copy(FIRST, "a/me.png")
    hands.copy(SECOND, "b/me.png")
    hands.run("embed", "a/me.png", "--out", "out").did()
    kept = (hands.folder / "out" / "me.npy").read_bytes()
    ended = hands.run("embed", "b/me.png", "--out", "out")
    right((hands.folder / "out" / "me.npy").read_bytes() == kept, "the first photograph's me.npy is replaced")
    right(ended.code == 2 or len(list((hands.folder / "out").glob("*.npy"))) == 2, "the second is not written")


@CASES("embed writes two photographs of one name in one go")
def _(hands: Hands) -> None:
    hands.copy(FIRST, "a/me.png")
    hands.copy(SECOND, "b/me.png")
    ended = hands.run("embed", "a/me.png", "b/me.png", "--out", "out")
    written = len(list((hands.folder / "out").glob("*.npy")))
    right(written == 2 or ended.code == 2, f"{written} files, and code {ended.code}")


@CASES("a second run into the first one's folder leaves nothing of the first beside it")
def _(hands: Hands) -> None:
    hands.copy(FIRST, "a/me.png")
    hands.copy(SECOND, "b/me.png")
    hands.run("invert", "a/me.png", "--out", "out", "--figure", "svg", "--film", "gif", *QUICK).did()
    ended = hands.run("invert", "b/me.png", "--out", "out", *QUICK)
    records = [json.loads(path.read_text()) for path in sorted(hands.folder.glob("out/*/run.json"))]
    for record, path in zip(records, sorted(hands.folder.glob("out/*/run.json")), strict=True):
        first = "a/me.png" in str(record["target"]) or record["target"].get("sha256") == _sha(hands, "a/me.png")
        right(first or not (path.parent / "film.gif").exists(), "the first run's film stands beside the second run")
    right(ended.code == 2 or len(records) in (1, 2), "neither refused nor written")


def _sha(hands: Hands, name: str) -> str:
    import hashlib

    return hashlib.sha256((hands.folder / name).read_bytes()).hexdigest()


@CASES("a terminated run leaves no empty folder")
def _(hands: Hands) -> None:
    photo = hands.photo
    code = "import sys; from explorer.studio.app.cli import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", code, "invert", str(photo), "--out", "out"]
    child = subprocess.Popen(command, cwd=hands.folder, env={**os.environ, "PYTHONPATH": str(ROOT)}, stderr=-1)
    try:
        until = time.monotonic() + 60
        while not (hands.folder / "out").exists() and time.monotonic() < until and child.poll() is None:
            time.sleep(0.05)
        right(child.poll() is None, f"ended by itself with {child.returncode}")
        child.send_signal(signal.SIGTERM)
        _, said = child.communicate(timeout=60)
    finally:
        child.kill()
        child.wait()
    right(b"Traceback" not in said, "traceback")
    right(not (hands.folder / "out").exists(), f"stays: {[str(p) for p in (hands.folder / 'out').rglob('*')]}")


# --- several sources


def _bad(hands: Hands) -> str:
    (hands.folder / "bad.jpg").write_bytes(b"\xff\xd8\xff\xe0 not a photograph")
    return "bad.jpg"


def _good_beside_bad(hands: Hands, command: str) -> None:
    ended = hands.run(command, _bad(hands), hands.photo, SECOND, "--json")
    ended.refused("bad.jpg")
    right("synthetic-p002" in ended.out and "anna" in ended.out, "a good one is missing from the JSON")
    json.loads(ended.out)


@CASES("embed does the good ones behind a bad one, names the bad, and ends with 2")
def _(hands: Hands) -> None:
    _good_beside_bad(hands, "embed")


@CASES("probe does the good ones behind a bad one")
def _(hands: Hands) -> None:
    _good_beside_bad(hands, "probe")


@CASES("compare does the good ones beside a bad one")
def _(hands: Hands) -> None:
    _good_beside_bad(hands, "compare")


@CASES("invert does the good ones behind a bad one")
def _(hands: Hands) -> None:
    ended = hands.run("invert", _bad(hands), hands.photo, "--out", "out", "--json", *QUICK)
    ended.refused("bad.jpg")
    right("anna" in ended.out, "the good one is missing from the JSON")
    json.loads(ended.out)


@CASES("faces lists the good ones behind a bad one")
def _(hands: Hands) -> None:
    ended = hands.run("faces", _bad(hands), hands.photo)
    ended.refused("bad.jpg")
    right("anna.png" in ended.out, "the good one is missing")


# --- arguments


@CASES("a folder given to faces is named, with what to do")
def _(hands: Hands) -> None:
    hands.run("faces", ".").refused("folder")


@CASES("a folder given to embed names batch")
def _(hands: Hands) -> None:
    (hands.folder / "photos").mkdir()
    hands.run("embed", "photos").refused("photos", "batch")


@CASES("an empty name is refused")
def _(hands: Hands) -> None:
    ended = hands.run("faces", "")
    ended.refused()
    right(": :" not in ended.err and "likeness: :" not in ended.err, f"a line with an empty name: {ended.err}")


@CASES("a missing file is named")
def _(hands: Hands) -> None:
    hands.run("embed", "nobody.jpg").refused("nobody.jpg")


@CASES("-h is --help")
def _(hands: Hands) -> None:
    right(hands.run("-h").out == hands.run("--help").out, "-h says something else")


@CASES("-h of a command is its --help")
def _(hands: Hands) -> None:
    right(hands.run("embed", "-h").out == hands.run("embed", "--help").out, "-h says something else")


@CASES("an unknown command is refused")
def _(hands: Hands) -> None:
    hands.run("embbed").refused("embbed")


@CASES("embedding the most prominent of several faces says that there were others")
def _(hands: Hands) -> None:
    hands.copy(_two_faces(hands), "two.png")
    ended = hands.run("embed", "two.png")
    ended.did("--face")
    right("2" in ended.err + ended.out, "the number of faces is not said")


def _two_faces(hands: Hands) -> Path:
    from PIL import Image

    with Image.open(SECOND) as one, Image.open(THIRD) as other:
        both = Image.new("RGB", (one.width + other.width, max(one.height, other.height)))
        both.paste(one.convert("RGB"), (0, 0))
        both.paste(other.convert("RGB"), (one.width, 0))
    path = hands.folder / "pair.png"
    both.save(path)
    return path
