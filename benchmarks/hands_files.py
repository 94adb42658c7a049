"""Cases of the files that users bring: images, vectors, sessions, and what only looks like one of them."""

from __future__ import annotations

import io
import json
import struct
import zlib
from pathlib import Path

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image

from benchmarks.hands_kit import FIRST, SECOND, Cases, Hands, WrongError, right

CASES = Cases("files")


def _pixels(path: Path = FIRST) -> NDArray[np.uint8]:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def _embedding(hands: Hands, name: str) -> NDArray[np.float64]:
    ended = hands.run("embed", name, "--json")
    ended.did()
    return np.asarray(json.loads(ended.out)[0]["vector"])


def _same_face(hands: Hands, name: str, least: float = 0.98) -> None:
    """The picture is read as what it shows: its embedding is that of the photograph."""
    one, other = _embedding(hands, str(FIRST)), _embedding(hands, name)
    cosine = float(one @ other / np.linalg.norm(one) / np.linalg.norm(other))
    right(cosine >= least, f"cosine to the photograph {cosine:.3f}")


def _read_or_refused(hands: Hands, name: str, least: float = 0.98) -> None:
    ended = hands.run("embed", name, "--json")
    if ended.code == 0:
        _same_face(hands, name, least)
    else:
        ended.refused(name)


# --- images


@CASES("a planar TIFF of 16 bits is read right or refused")
def _(hands: Hands) -> None:
    planes = np.moveaxis(_pixels().astype(np.uint16) * 257, 2, 0)
    tifffile.imwrite(hands.folder / "planar.tif", planes, photometric="rgb", planarconfig="separate")
    _read_or_refused(hands, "planar.tif")


@CASES("an interleaved TIFF of 16 bits is read right or refused")
def _(hands: Hands) -> None:
    tifffile.imwrite(hands.folder / "deep.tif", _pixels().astype(np.uint16) * 257, photometric="rgb")
    _read_or_refused(hands, "deep.tif")


@CASES("twelve bits in sixteen are said")
def _(hands: Hands) -> None:
    grey = np.asarray(Image.fromarray(_pixels()).convert("L")).astype(np.uint16) * 16
    tifffile.imwrite(hands.folder / "twelve.tif", grey)
    ended = hands.run("embed", "twelve.tif")
    right("12" in ended.out + ended.err, f"not said: {(ended.out + ended.err)[:200]}")


@CASES("a JPEG without its end is read")
def _(hands: Hands) -> None:
    packed = SECOND.read_bytes()
    right(packed.endswith(b"\xff\xd9"), "the sample has no end marker itself")
    (hands.folder / "open.jpg").write_bytes(packed[:-2])
    hands.run("faces", "open.jpg").did("1 face")


@CASES("a PNG with an odd checksum of a side chunk is read")
def _(hands: Hands) -> None:
    packed = FIRST.read_bytes()
    body = b"tEXtComment\x00anna"
    odd = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body) ^ 1)
    (hands.folder / "odd.png").write_bytes(packed[:33] + odd + packed[33:])
    hands.run("faces", "odd.png").did("1 face")


@CASES("a PNG with a damaged picture is refused")
def _(hands: Hands) -> None:
    packed = bytearray(FIRST.read_bytes())
    middle = len(packed) // 2
    packed[middle : middle + 64] = bytes(64)
    (hands.folder / "torn.png").write_bytes(packed)
    hands.run("faces", "torn.png").refused("torn.png")


@CASES("a cut TIFF is refused in one line, without a line of libtiff's")
def _(hands: Hands) -> None:
    stream = io.BytesIO()
    Image.fromarray(_pixels()).save(stream, "TIFF", compression="tiff_lzw")
    packed = bytearray(stream.getvalue())
    packed[len(packed) // 3 : len(packed) // 3 + 300] = bytes(300)
    (hands.folder / "cut.tif").write_bytes(packed)
    ended = hands.run("faces", "cut.tif")
    right(len(ended.lines) <= 1, f"{len(ended.lines)} lines: {ended.err[:300]}")


@CASES("Adobe RGB that EXIF alone names is read as such")
def _(hands: Hands) -> None:
    image = Image.fromarray(_pixels())
    exif = Image.Exif()
    exif[0x0112] = 1
    exif.get_ifd(0x8769)[0xA001] = 0xFFFF
    exif.get_ifd(0x8769)[0xA005] = {1: "R03"}
    image.save(hands.folder / "adobe.jpg", exif=exif, quality=98)
    image.save(hands.folder / "plain.jpg", quality=98)
    from explorer.science.faces.reading import read_file

    one, other = (read_file(hands.folder / name).pixels for name in ("adobe.jpg", "plain.jpg"))
    right(np.abs(one.astype(int) - other.astype(int)).max() > 8, "the colours are taken for sRGB's")


@CASES("a photograph turned by EXIF is read upright")
def _(hands: Hands) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(_pixels()).rotate(90, expand=True).save(hands.folder / "turned.jpg", exif=exif, quality=98)
    _same_face(hands, "turned.jpg", 0.95)


@CASES("CMYK is read")
def _(hands: Hands) -> None:
    Image.fromarray(_pixels()).convert("CMYK").save(hands.folder / "print.jpg", quality=98)
    _same_face(hands, "print.jpg", 0.9)


@CASES("a text called .jpg is refused")
def _(hands: Hands) -> None:
    (hands.folder / "text.jpg").write_text("hello")
    hands.run("embed", "text.jpg").refused("text.jpg")


@CASES("a picture without a face is refused")
def _(hands: Hands) -> None:
    Image.new("RGB", (300, 300), "grey").save(hands.folder / "grey.png")
    hands.run("embed", "grey.png").refused("grey.png", "face")


@CASES("HEIC is named as what it is")
def _(hands: Hands) -> None:
    (hands.folder / "phone.heic").write_bytes(b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(100))
    hands.run("embed", "phone.heic").refused("phone.heic", "heic")


# --- vectors


def _vector(hands: Hands, encoder: str = "arcface-mbf") -> NDArray[np.float32]:
    ended = hands.run("embed", FIRST, "--encoder", encoder, "--json")
    ended.did()
    return np.asarray(json.loads(ended.out)[0]["vector"], dtype=np.float32)


def _itself(hands: Hands, name: str, *more: object) -> None:
    """The vector's file and the photograph compare as the same."""
    ended = hands.run("compare", name, FIRST, "--encoder", "arcface-mbf", "--json", *more)
    ended.did()
    score = json.loads(ended.out)
    pairs = score if isinstance(score, list) else score["pairs"]
    value = pairs[0]["scores"][0]["score"]
    right(abs(value - 1) < 1e-3, f"cosine with itself {value}")


@CASES("an .npz with one array is a vector")
def _(hands: Hands) -> None:
    np.savez(hands.folder / "anna.npz", _vector(hands))
    _itself(hands, "anna.npz")


@CASES("a .safetensors with one tensor is a vector")
def _(hands: Hands) -> None:
    from safetensors.numpy import save_file

    save_file({"embedding": _vector(hands)}, hands.folder / "anna.safetensors")
    _itself(hands, "anna.safetensors")


@CASES("a text of numbers is a vector")
def _(hands: Hands) -> None:
    np.savetxt(hands.folder / "anna.txt", _vector(hands))
    _itself(hands, "anna.txt")


@CASES("a CSV as pandas writes it is read or named")
def _(hands: Hands) -> None:
    vector = _vector(hands)
    lines = [",".join(["", *map(str, range(len(vector)))]), ",".join(["0", *(f"{x:.9g}" for x in vector)])]
    (hands.folder / "anna.csv").write_text("\n".join(lines) + "\n")
    _read_or_named(hands, "anna.csv")


@CASES("a CSV with decimal commas is read or named")
def _(hands: Hands) -> None:
    (hands.folder / "anna.csv").write_text(";".join(f"{x:.9f}".replace(".", ",") for x in _vector(hands)) + "\n")
    _read_or_named(hands, "anna.csv")


def _read_or_named(hands: Hands, name: str) -> None:
    ended = hands.run("compare", name, FIRST, "--encoder", "arcface-mbf", "--json")
    if ended.code == 0:
        _itself(hands, name)
    else:
        ended.refused(name)


@CASES("a .pt is refused with the files that are read")
def _(hands: Hands) -> None:
    (hands.folder / "anna.pt").write_bytes(b"PK\x03\x04" + bytes(100))
    hands.run("probe", "anna.pt").refused("anna.pt", ".npy")


@CASES("a .pkl is refused with the files that are read")
def _(hands: Hands) -> None:
    import pickle

    (hands.folder / "anna.pkl").write_bytes(pickle.dumps([0.1] * 512))
    hands.run("probe", "anna.pkl").refused("anna.pkl", ".npy")


@CASES("a vector times 1e30 has the same cosine")
def _(hands: Hands) -> None:
    np.save(hands.folder / "long.npy", _vector(hands) * np.float32(1e30))
    _itself(hands, "long.npy")


@CASES("a vector that is not finite is refused")
def _(hands: Hands) -> None:
    vector = _vector(hands)
    vector[3] = np.nan
    np.save(hands.folder / "nan.npy", vector)
    hands.run("probe", "nan.npy").refused("nan.npy")


@CASES("a vector of zeros is refused")
def _(hands: Hands) -> None:
    np.save(hands.folder / "zero.npy", np.zeros(512, dtype=np.float32))
    hands.run("probe", "zero.npy").refused("zero.npy")


@CASES("a vector of dlib's keeps its encoder by its record")
def _(hands: Hands) -> None:
    hands.run("embed", FIRST, "--encoder", "dlib-resnet", "--out", "dlib.npy").did()
    ended = hands.run("compare", "dlib.npy", FIRST, "--json")
    ended.did()
    right("dlib-resnet" in ended.out and '"encoder": "sface"' not in ended.out, "read as another encoder's")


@CASES("a bare vector of 128 numbers is not taken for SFace's in silence")
def _(hands: Hands) -> None:
    np.save(hands.folder / "bare.npy", _vector(hands, "dlib-resnet"))
    ended = hands.run("compare", "bare.npy", FIRST)
    right(ended.code == 2 or "dlib" in ended.out + ended.err, f"taken: {ended.out[:200]}")
    right("--encoder" in ended.out + ended.err or ended.code == 0, "not said what to do")


@CASES("a vector of dlib's whose length was changed is remarked upon")
def _(hands: Hands) -> None:
    np.save(hands.folder / "short.npy", _vector(hands, "dlib-resnet") * 0.3)
    hands.run("probe", "short.npy", "--encoder", "dlib-resnet").says("norm")


@CASES("an .npy with a damaged header is refused")
def _(hands: Hands) -> None:
    np.save(hands.folder / "torn.npy", np.ones(512, dtype=np.float32))
    packed = bytearray((hands.folder / "torn.npy").read_bytes())
    for place in (12, 20, 33, 47):
        damaged = bytearray(packed)
        damaged[place] = 0xC3
        (hands.folder / "torn.npy").write_bytes(damaged)
        hands.run("probe", "torn.npy").refused("torn.npy")


@CASES("an .npy that would run what it holds is refused")
def _(hands: Hands) -> None:
    np.save(hands.folder / "object.npy", np.array([print], dtype=object), allow_pickle=True)
    hands.run("probe", "object.npy").refused("object.npy")


# --- sessions


def _session(hands: Hands, place: int, value: bytes) -> None:
    from explorer.studio.app.features import codecs
    from explorer.studio.errors import explain
    from explorer.studio.session.saving.archive import read_session

    sample = Path(__file__).resolve().parents[1] / "tests" / "data" / "session-2.likeness"
    packed = bytearray(sample.read_bytes())
    packed[place : place + len(value)] = value
    path = hands.folder / "damaged.likeness"
    path.write_bytes(packed)
    try:
        read_session(path, codecs())
    except Exception as error:
        if explain(error) is None:
            raise WrongError(f"not foreseen: {type(error).__name__}: {error}") from error


@CASES("a session whose ZIP names are damaged is refused")
def _(hands: Hands) -> None:
    _session(hands, 30, b"\xff\xfe\xfd")


@CASES("a session whose directory is damaged is refused")
def _(hands: Hands) -> None:
    packed = (Path(__file__).resolve().parents[1] / "tests" / "data" / "session-2.likeness").read_bytes()
    start = packed.rindex(b"PK\x01\x02")
    for place in range(start, start + 60, 3):
        _session(hands, place, b"\xa7\x5a")


@CASES("a session whose data are damaged is refused")
def _(hands: Hands) -> None:
    for place in range(60, 3000, 97):
        _session(hands, place, b"\xa7\x5a\x00")
