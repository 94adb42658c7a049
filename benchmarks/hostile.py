"""Does anything in a file of strangers run? A hostile file of each kind that the program opens, opened.

    python -m benchmarks.hostile

Each file would leave a mark in a folder if what it carries were run, or takes what it has no right to: a file outside
of its folder, a process, a connection. An audit hook watches for the latter. A file that is opened must be refused in
one line, or be opened as what it is without what it carries.
"""

from __future__ import annotations

import io
import json
import os
import pickle
import struct
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper
from PIL import Image, PngImagePlugin
from pypdf import PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

from explorer.science.faces.reading import read_file
from explorer.science.geometry.model_files import read_model_file
from explorer.science.leakage.labels.expression import Expression
from explorer.science.networks.dlib_stream import read_layers
from explorer.science.networks.numpy_pickle import read_numpy_pickle
from explorer.science.networks.onnx_graph import OnnxGraph
from explorer.science.networks.openvino_ir import IrNetwork
from explorer.studio.app.features import codecs
from explorer.studio.batch.folder import JOURNAL, Journal
from explorer.studio.batch.job import Job
from explorer.studio.errors import explain
from explorer.studio.export.provenance import PNG_KEY, SVG_NAMESPACE, sidecar
from explorer.studio.faces.vectors import load_vector
from explorer.studio.geometry.fitting import load_morphable_model
from explorer.studio.reproducing.runs import read_recorded
from explorer.studio.session.saving.archive import read_session
from explorer.studio.session.saving.generations import abandoned

FORBIDDEN = {"os.system", "os.exec", "os.posix_spawn", "os.fork", "subprocess.Popen", "socket.connect", "ctypes.dlopen"}


@dataclass
class _Watch:
    """What the audit hook saw. secret: a file that nothing may open."""

    on: bool = False
    secret: str = ""
    seen: list[str] = field(default_factory=list)

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.on:
            return
        if event in FORBIDDEN or (event == "open" and self.secret and str(arguments[0]) == self.secret):
            self.seen.append(event)


_watch: _Watch | None = None


def watch() -> _Watch:
    """The hook, which can be added once and never taken away."""
    global _watch  # noqa: PLW0603
    if _watch is None:
        _watch = _Watch()
        sys.addaudithook(_watch)
    return _watch


@contextmanager
def watching(secret: Path) -> Iterator[list[str]]:
    """What is seen while a file is opened."""
    one = watch()
    one.on, one.secret, one.seen = True, str(secret), []
    try:
        yield one.seen
    finally:
        one.on = False


class Evil:
    """Makes a file when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = str(mark)

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return os.mkdir, (self.mark,)


@dataclass(frozen=True)
class Hostile:
    """A file and what opens it."""

    name: str
    path: Path
    open: Callable[[Path], object]


@dataclass(frozen=True)
class Outcome:
    """ran: whether anything was executed or taken. line: how it was refused, None where it was opened harmlessly.

    fault: an error that is no line for the user.
    """

    name: str
    ran: bool
    line: str | None
    fault: str


def measure() -> tuple[dict[str, float], list[Outcome]]:
    """Open all; the headlines, and what came of each."""
    with tempfile.TemporaryDirectory() as folder:
        outcomes = [tried(one, Path(folder)) for one in files(Path(folder))]
    return {"hostile_files": len(outcomes), "hostile_executed": sum(one.ran for one in outcomes)}, outcomes


def tried(one: Hostile, folder: Path) -> Outcome:
    """Open a file and look for what it would have done."""
    line, fault = None, ""
    before = {path.name for path in marks(folder).iterdir()}
    with watching(folder / "secret.bin") as seen:
        try:
            one.open(one.path)
        except Exception as error:
            line = explain(error)
            fault = "" if line is not None else f"{type(error).__name__}: {error}"
    left = {path.name for path in marks(folder).iterdir()} - before
    outside = (folder.parent / "likeness-escaped").exists()
    return Outcome(one.name, bool(left or seen or outside), line, fault)


def marks(folder: Path) -> Path:
    """Where what is run leaves its mark."""
    place = folder / "marks"
    place.mkdir(exist_ok=True)
    return place


def files(folder: Path) -> Iterator[Hostile]:
    """Every hostile file, made as it is asked for."""
    (folder / "secret.bin").write_bytes(b"\0" * 64)
    for make in (_vectors, _models, _networks, _sessions, _figures, _pictures, _lists):
        place = folder / make.__name__
        place.mkdir()
        for name, path, opener in make(place, marks(folder), folder / "secret.bin"):
            yield Hostile(f"{make.__name__[1:]}: {name}", path, opener)


Made = Iterator[tuple[str, Path, Callable[[Path], object]]]


def _write(path: Path, content: bytes | str) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def _of_bytes(opener: Callable[[bytes], object]) -> Callable[[Path], object]:
    return lambda path: opener(path.read_bytes())


def _pickled(mark: Path, name: str, protocol: int = 2) -> bytes:
    return pickle.dumps({"v_template": Evil(mark / name), "weights": [Evil(mark / name)]}, protocol=protocol)


def _vectors(place: Path, mark: Path, secret: Path) -> Made:
    objects = np.empty(512, object)
    objects[:] = [Evil(mark / "npy")] * 512
    np.save(place / "objects.npy", objects, allow_pickle=True)
    yield "array of objects", place / "objects.npy", load_vector
    yield "a pickle called .npy", _write(place / "pickle.npy", _pickled(mark, "pickle")), load_vector
    np.savez(place / "several.npz", a=objects, allow_pickle=True)
    (place / "several.npz").rename(place / "several.npy")
    yield "several arrays called .npy", place / "several.npy", load_vector
    header = (
        b"{'descr': __import__('os').mkdir('%s'), 'fortran_order': False, 'shape': (1,)}" % str(mark / "h").encode()
    )
    body = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header
    yield "a header with code", _write(place / "header.npy", body), load_vector
    yield "JSON of great depth", _write(place / "deep.json", "[" * 100_000), load_vector
    yield "JSON with a giant number", _write(place / "giant.json", "[1" + "0" * 10_000 + "]"), load_vector
    yield "CSV with code", _write(place / "code.csv", f"__import__('os').mkdir('{mark / 'csv'}'),1"), load_vector


def _models(place: Path, mark: Path, secret: Path) -> Made:
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        path = _write(place / f"flame{protocol}.pkl", _pickled(mark, f"flame{protocol}", protocol))
        yield f"FLAME, pickle protocol {protocol}", path, read_model_file
    code = b"cbuiltins\neval\n(S\"__import__('os').mkdir('%s')\"\ntR." % str(mark / "eval").encode()
    yield "FLAME, eval in a pickle", _write(place / "eval.pkl", code), read_model_file
    extension = b"\x80\x02cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\nK\x00\x85U\x01btR."
    yield "FLAME, a bare array", _write(place / "array.pkl", extension), read_model_file
    (place / "3ddfa").mkdir()
    path = _write(place / "3ddfa" / "bfm_noneck_v3.pkl", _pickled(mark, "3ddfa"))
    _write(place / "3ddfa" / "param_mean_std_62d_120x120.pkl", _pickled(mark, "deviations"))
    yield "3DDFA", path, read_model_file
    yield "Surrey", _write(place / "surrey.bin", b"\xff" * 4096), read_model_file
    yield (
        "Basel .mat",
        _write(place / "basel.mat", b"MATLAB 5.0 MAT-file" + b"\0" * 109 + b"\xff" * 512),
        read_model_file,
    )
    import h5py

    with h5py.File(place / "basel.h5", "w") as file:
        file["shape/model/mean"] = h5py.ExternalLink(str(secret), "/")
        file["shape/model/pcaBasis"] = h5py.SoftLink("/shape/model/mean")
    yield "Basel .h5 with a link into another file", place / "basel.h5", read_model_file
    with h5py.File(place / "raw.h5", "w") as file:
        file.create_dataset("shape/model/pcaBasis", (16,), np.float32, external=[(str(secret), 0, 64)])
    yield "Basel .h5 with numbers of another file", place / "raw.h5", read_model_file
    yield "own model, giant header", _write(place / "g.safetensors", b"\xff" * 7 + b"\x7f{}"), load_morphable_model


def _networks(place: Path, mark: Path, secret: Path) -> Made:
    torch.save({"network": Evil(mark / "pt")}, place / "network.pt")
    yield "a .pt that runs", place / "network.pt", _of_bytes(Expression)
    yield "a legacy .pt", _write(place / "old.pt", _pickled(mark, "old")), _of_bytes(Expression)
    yield (
        "StyleGAN's .pkl",
        _write(place / "g.pkl", _pickled(mark, "g")),
        _of_bytes(read_numpy_pickle),
    )
    outside = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[16], data_location=TensorProto.EXTERNAL)
    for key, value in (("location", f"../{secret.name}"), ("offset", "0"), ("length", "64")):
        entry = outside.external_data.add()
        entry.key, entry.value = key, value
    shown = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [16]) for name in ("x", "y")]
    graph = helper.make_graph([helper.make_node("Add", ["x", "w"], ["y"])], "g", shown[:1], shown[1:], [outside])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 11)])
    path = _write(place / "external.onnx", model.SerializeToString())
    yield "ONNX with external data", path, _of_bytes(OnnxGraph)
    unknown = helper.make_graph([helper.make_node("Shell", ["x"], ["y"], domain="evil")], "g", shown[:1], shown[1:])
    made = onnx.ModelProto.FromString(helper.make_model(unknown).SerializeToString())
    path = _write(place / "operator.onnx", made.SerializeToString())
    yield "ONNX with an operator of its own", path, _of_bytes(OnnxGraph)
    pairs = zip("abcdefghi", "bcdefghij", strict=True)
    entities = "".join(f'<!ENTITY {after} "{f"&{before};" * 10}">' for before, after in pairs)
    bomb = f'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">{entities}]><net>&j;</net>'
    yield "OpenVINO with an entity bomb", _write(place / "b.xml", bomb), _of_bytes(lambda data: IrNetwork(data, b""))
    taken = f'<!DOCTYPE x [<!ENTITY a SYSTEM "{secret.as_uri()}">]><net>&a;</net>'
    yield "OpenVINO that reads a file", _write(place / "t.xml", taken), _of_bytes(lambda data: IrNetwork(data, b""))
    yield "dlib's stream", _write(place / "d.dat", b"\xff" * 4096), _of_bytes(read_layers)


def _sessions(place: Path, mark: Path, secret: Path) -> Made:
    def archive(name: str, parts: dict[str, bytes], kind: int = zipfile.ZIP_DEFLATED) -> Path:
        with zipfile.ZipFile(place / name, "w", kind) as file:
            for part, content in parts.items():
                file.writestr(part, content)
        return place / name

    manifest = b'{"format": "likeness-session/1"}'
    escape = {"session.json": manifest, "../../likeness-escaped": b"x"}
    yield "a path out of the archive", archive("escape.likeness", escape), lambda path: read_session(path, codecs())
    absolute = {"session.json": manifest, str(mark / "absolute"): b"x"}
    yield "an absolute path", archive("absolute.likeness", absolute), lambda path: read_session(path, codecs())
    yield (
        "a bomb",
        archive("bomb.likeness", {"session.json": b" " * 300_000_000}),
        lambda path: read_session(path, codecs()),
    )
    blob = {"session.json": manifest, f"blobs/{'a' * 64}.json": b"\0" * 100_000_000}
    yield "a bomb of a part", archive("blob.likeness", blob), lambda path: read_session(path, codecs())
    yield (
        "a pickle inside",
        archive("p.likeness", {"session.json": _pickled(mark, "session")}),
        lambda path: read_session(path, codecs()),
    )
    deep = {"session.json": b'{"a":' * 200_000 + b"1" + b"}" * 200_000}
    yield "JSON of great depth", archive("deep.likeness", deep), lambda path: read_session(path, codecs())
    link = zipfile.ZipInfo("session.json")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(place / "link.likeness", "w") as file:
        file.writestr(link, str(secret))
    yield "a link", place / "link.likeness", lambda path: read_session(path, codecs())
    yield (
        "a pickle called session",
        _write(place / "q.likeness", _pickled(mark, "whole")),
        lambda path: read_session(path, codecs()),
    )
    left = place / "autosave" / "session-1"
    left.mkdir(parents=True)
    _write(left / "1.json", _pickled(mark, "autosave"))

    def restore(root: Path) -> None:
        for one in abandoned(root):
            one.read(codecs())

    yield "an autosave", left.parent, restore


def _figures(place: Path, mark: Path, secret: Path) -> Made:
    record = json.dumps({"format": "likeness-provenance/1", "settings": {"__reduce__": "os.system"}, "target": {}})

    def svg(content: str) -> str:
        held = f'<p:provenance xmlns:p="{SVG_NAMESPACE}">{content}</p:provenance>'
        return f'<svg xmlns="http://www.w3.org/2000/svg"><metadata>{held}</metadata></svg>'

    entities = f'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a "{"a" * 1000}">]>'
    yield "SVG with entities", _write(place / "e.svg", entities + svg("&a;" * 1000)), read_recorded
    taken = f'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a SYSTEM "{secret.as_uri()}">]>'
    yield "SVG that reads a file", _write(place / "t.svg", taken + svg("&a;")), read_recorded
    script = f"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script>{svg(record)}</svg>"
    yield "SVG with a script", _write(place / "s.svg", script), read_recorded
    info = PngImagePlugin.PngInfo()
    info.add_itxt(PNG_KEY, " " * 50_000_000, zip=True)
    Image.new("RGB", (8, 8)).save(place / "t.png", pnginfo=info)
    yield "PNG with a bomb of text", place / "t.png", read_recorded
    writer = PdfWriter()
    writer.add_blank_page(72, 72)
    act = {NameObject("/S"): NameObject("/Launch"), NameObject("/F"): TextStringObject("/bin/sh")}
    writer.root_object[NameObject("/OpenAction")] = DictionaryObject(act)
    writer.add_metadata({"/Likeness": record})
    writer.write(place / "j.pdf")
    yield "PDF with an action", place / "j.pdf", read_recorded
    yield "PDF without an end", _write(place / "n.pdf", b"%PDF-1.4\n1 0 obj<</Length 999999999>>stream"), read_recorded
    film = _write(place / "film.mp4", b"film")
    _write(sidecar(film), '{"a":' * 100_000)
    yield "a record of great depth", film, read_recorded
    yield "a record that is a pickle", _write(place / "r.json", _pickled(mark, "record")), read_recorded


def _pictures(place: Path, mark: Path, secret: Path) -> Made:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"\0" * 20_000_000)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    yield "a PNG bomb", _write(place / "bomb.png", bomb), read_file
    small = io.BytesIO()
    Image.new("RGB", (64, 64)).save(small, "PNG")
    profile = chunk(b"iCCP", b"p\0\0" + zlib.compress(b"\0" * 80_000_000))
    data = small.getvalue()
    yield "a bomb of a colour profile", _write(place / "icc.png", data[:33] + profile + data[33:]), read_file
    script = f"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n({mark / 'eps'}) (w) file closefile\n"
    yield "PostScript called .jpg", _write(place / "eps.jpg", script), read_file
    shell = f"#!/bin/sh\nmkdir '{mark / 'sh'}'\n"
    yield "a shell script called .jpg", _write(place / "sh.jpg", shell), read_file
    yield "a pickle called .png", _write(place / "pickle.png", _pickled(mark, "picture")), read_file
    yield "SVG called .png", _write(place / "svg.png", f"<svg><image href='{secret.as_uri()}'/></svg>"), read_file
    (place / "link.jpg").symlink_to("/dev/zero")
    yield "a device behind a link", place / "link.jpg", read_file


def _lists(place: Path, mark: Path, secret: Path) -> Made:
    for name, content in (("deep", b"[" * 100_000), ("pickle", _pickled(mark, "journal")), ("nul", b"\0" * 9 + b"\n")):
        (place / name).mkdir()
        path = _write(place / name / JOURNAL, content + b"\n")
        yield f"a batch's journal, {name}", path, lambda path: Journal(path, Job(kind="embed"))


def main() -> None:
    """Run it."""
    headline, outcomes = measure()
    for one in outcomes:
        said = "EXECUTED" if one.ran else one.fault or one.line or "opened, nothing ran"
        print(f"{one.name:45} {said[:110]}")
    for name, value in headline.items():
        print(name, value)


if __name__ == "__main__":
    main()
