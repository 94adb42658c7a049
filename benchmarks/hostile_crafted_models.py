"""Files made by hand for generators, morphable models, landmarks and black boxes, as `hostile_crafted` for encoders."""

from __future__ import annotations

import json
import pickle
import struct
import zlib
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.hostile_kinds import ask_over_http, ask_program, open_generator, open_model
from explorer.science.geometry.landmark_files import read_landmark_file

Made = Iterator[tuple[str, Path, Callable[[Path], object]]]
_POINTS = np.array([[0.0, 0.0, 0.0], [30.0, 0.0, 0.0], [0.0, 40.0, 0.0], [0.0, 0.0, 50.0]])
_FACES = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]])


def _write(path: Path, content: bytes | str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def crafted_generators(place: Path, mark: Path) -> Made:
    """Generators whose parts hold each other, or whose tensors are all the same numbers."""
    kit = import_module("tests.science.generation.brought_kit")
    torch.manual_seed(0)

    def nvidia(name: str, change: Callable[[Any], object]) -> tuple[str, Path, Any]:
        node = kit.stylegan2(side=8, channels=2)
        change(node)
        path = _write(place / f"{name}.pkl".replace(" ", "-"), kit.nvidia_pickle(node))
        return f"generator, {name}", path, open_generator

    def blocks(node: Any) -> Any:
        return node.modules["synthesis"].modules

    def laughing(node: Any) -> None:
        inner = kit.Node("Deepest", {})
        for _ in range(14):
            outer = kit.Node("Deep", {})
            outer.modules |= {f"m{place}": inner for place in range(10)}
            inner = outer
        node.modules["more"] = inner

    def circle(node: Any) -> None:
        blocks(node)["b4"].modules["conv1"].modules["again"] = blocks(node)["b4"].modules["conv1"]

    yield nvidia("parts that laugh", laughing)
    yield nvidia("a side that is no number", lambda n: blocks(n).update({"b²": blocks(n)["b8"]}))
    yield nvidia("blocks of nothing", lambda n: blocks(n).update({"b0": blocks(n)["b8"]}))
    yield nvidia("a giant argument", lambda n: n.kwargs.update(c_dim=10**4000))
    yield nvidia("an argument of lists", lambda n: n.kwargs.update(more=[[0] * 9] * 9, list=[1] * 100_000))
    yield nvidia("numbers that are none", lambda n: blocks(n)["b4"].parameters["const"].data.fill_(float("nan")))
    yield nvidia("complex numbers", lambda n: blocks(n)["b4"].parameters.update(
        const=blocks(n)["b4"].parameters["const"].detach().to(torch.complex64)))  # fmt: skip
    yield nvidia("a strength of nothing", lambda n: blocks(n)["b4"].modules["conv1"].parameters.update(
        noise_strength=torch.zeros(0)))  # fmt: skip
    yield nvidia("a filter of nothing", lambda n: blocks(n)["b4"].buffers.update(resample_filter=torch.zeros(0, 0)))
    yield nvidia("numbers of any size", lambda n: blocks(n)["b4"].parameters.update(
        const=torch.zeros(1).expand(1 << 20, 1 << 20)))  # fmt: skip
    state = kit.rosinality(16)
    shared = torch.zeros(1 << 20)
    many = {f"more.{number}.weight": shared for number in range(4000)}
    cases: dict[str, dict[str, Any]] = {
        "thousands of names": state | many,
        "a name of dots": state | {"." * 100_000: shared},
        "an average of nothing": {"g_ema": state, "latent_avg": torch.zeros(())},
        "an average of no layers": {"g_ema": state, "latent_avg": torch.zeros(0, 6)},
        "a giant first side": state | {"input.input": torch.zeros(1, 1, 1 << 11, 1 << 11)},
        "layers that are no numbers": {"²": 1, "²²": 2} | {f"{one}.weight": torch.zeros(4, 4, 4, 4) for one in "²³"},
        "all layers the same": {f"{number}.weight": shared.view(1 << 8, 1 << 8, 4, 4) for number in range(8)},
    }
    for name, content in cases.items():
        path = place / f"{name}.pt".replace(" ", "-")
        torch.save(content, path)
        yield f"generator, {name}", path, open_generator


def crafted_models(place: Path, mark: Path) -> Made:
    """Morphable models that hold more than their files."""
    yield from _mat(place)
    yield from _h5(place)
    yield from _pickled(place)
    yield from _objects(place)
    matrix = struct.pack("<ii", 1 << 30, 1 << 30)
    yield "Surrey, a giant matrix", _write(place / "giant.bin", struct.pack("<I", 4) + matrix), open_model
    below = struct.pack("<I", 4) + struct.pack("<ii", -3, -4) + bytes(48)
    yield "Surrey, a matrix below nothing", _write(place / "below.bin", below), open_model
    folder = place / "surrey-beside"
    head = import_module("tests.studio.damage_kit")._surrey(_folder(folder))
    (folder / "expression_blendshapes_1.bin").write_bytes(struct.pack("<Q", 1 << 60))
    yield "Surrey, giant expressions beside it", head, open_model


def _folder(path: Path) -> Path:
    path.mkdir(parents=True)
    return path


def _mat(place: Path) -> Made:
    from scipy.io import savemat

    good = {
        "shapeMU": _POINTS.reshape(-1, 1),
        "shapePC": np.ones((12, 5)),
        "shapeEV": np.ones((5, 1)),
        "tl": _FACES + 1,
    }
    cases = {
        "an outer product": {"shapePC": np.ones((60_000, 1)), "shapeEV": np.ones((60_000, 1))},
        "numbers that are none": {"shapePC": np.full((12, 5), np.nan), "shapeMU": np.full((12, 1), 1e300)},
        "corners below nothing": {"tl": _FACES - 1e18},
        "no corners": {"tl": np.zeros((0, 3))},
    }
    for name, changed in cases.items():
        path = place / f"{name}.mat".replace(" ", "-")
        savemat(path, good | changed)
        yield f"Basel .mat, {name}", path, open_model
    header = b"MATLAB 5.0 MAT-file".ljust(124) + b"\x00\x01IM"
    for name, beginning in (("wanted", b"shapePC\0"), ("not wanted", b"another\0")):
        flags = struct.pack("<IIII", 6, 8, 6, 0) + struct.pack("<IIii", 5, 8, 1, 1 << 30)
        inner = flags + struct.pack("<II", 1, 7) + beginning + struct.pack("<II", 2, 300_000_000)
        whole = struct.pack("<II", 14, 300_000_000) + inner + bytes(300_000_000)
        packed = zlib.compress(whole, 1)
        path = _write(
            place / f"bomb-{name}.mat".replace(" ", "-"), header + struct.pack("<II", 15, len(packed)) + packed
        )
        del whole
        yield f"Basel .mat, a bomb that is {name}", path, open_model


def _h5(place: Path) -> Made:
    import h5py

    def made(name: str, change: Callable[[Any], object]) -> tuple[str, Path, Any]:
        path = place / f"{name}-2019.h5".replace(" ", "-")
        with h5py.File(path, "w") as file:
            file["shape/model/mean"] = _POINTS.ravel()
            file["shape/model/pcaBasis"] = np.ones((12, 3))
            file["shape/model/pcaVariance"] = np.ones(3)
            file["shape/representer/cells"] = _FACES.T
            change(file["shape/model"])
        return f"Basel .h5, {name}", path, open_model

    def replaced(name: str, *given: Any, **how: Any) -> Callable[[Any], object]:
        def change(group: Any) -> Any:
            del group[name]
            return group.create_dataset(name, *given, **how)

        return change

    def bomb(group: Any) -> None:
        found = replaced("pcaBasis", (12, 3), "f4", chunks=(12, 3), compression="gzip")(group)
        found.id.write_direct_chunk((0, 0), zlib.compress(bytes(200_000_000), 1))  # type: ignore[attr-defined]

    yield made("a hollow giant", replaced("pcaBasis", (1 << 20, 1 << 20), "f8", chunks=(1 << 10, 1 << 10)))
    yield made("a giant of zeros", replaced("pcaBasis", (12, 1 << 22), "f8", chunks=(12, 1 << 12), compression="gzip"))
    yield made("a bomb in a chunk", bomb)
    tall = replaced("pcaBasis", data=np.ones((40_000, 1), "f4"))
    many = replaced("pcaVariance", data=np.ones(40_000, "f4"))
    yield made("an outer product", lambda group: (tall(group), many(group)))
    yield made("texts", replaced("pcaBasis", data=[b"a", b"b"]))
    yield made("objects", replaced("pcaBasis", (12, 3), dtype=h5py.special_dtype(ref=h5py.Reference)))
    yield made("another packing", replaced("pcaBasis", data=np.ones((12, 3)), compression="lzf", chunks=(12, 3)))
    yield made("a circle", lambda group: (group.__delitem__("pcaBasis"), group.__setitem__("pcaBasis", group)))


def _pickled(place: Path) -> Made:
    good = {"v_template": _POINTS, "shapedirs": np.ones((4, 3, 302)), "f": _FACES}
    cases: dict[str, dict[str, Any]] = {
        "FLAME, a list as array": {"f": _FACES.tolist()},
        "FLAME, no components": {"shapedirs": np.ones((4, 3, 0))},
        "FLAME, corners of truth": {"f": np.ones((4, 3), bool)},
        "FLAME, a template of nothing": {"v_template": np.zeros((0, 3)), "shapedirs": np.zeros((0, 3, 3))},
    }
    for name, changed in cases.items():
        path = _write(place / f"{name}.pkl".replace(" ", "-").replace(",", ""), pickle.dumps(good | changed, 2))
        yield name, path, open_model
    wide = {"u": np.ones((12, 1)), "w_shp": np.ones((12, 1)), "w_exp": np.ones((12, 1)), "tri": _FACES.T}
    folder = place / "3ddfa"
    path = _write(folder / "bfm_noneck_v3.pkl", pickle.dumps(wide, 2))
    _write(folder / "param_mean_std_62d_120x120.pkl", pickle.dumps({"mean": np.ones(1 << 20), "std": np.ones(3)}, 2))
    yield "3DDFA, statistics that do not fit", path, open_model


def _objects(place: Path) -> Made:
    lines = [f"v {x} {y} {z}" for x, y, z in _POINTS]
    face = "f 1 2 3"
    cases = {
        "a face of a million corners": [*lines, "f" + " 1" * 1_000_000],
        "a corner without an end": [*lines, "f 1 2 " + "9" * 5000],
        "numbers that are none": ["v nan inf -inf", *lines, face],
        "a place far off": ["v 1e308 1e308 1e308", *lines, face],
        "empty lines": [*lines, face, "\n" * 3_000_000],
    }
    for name, content in cases.items():
        folder = _folder(place / name.replace(" ", "-"))
        for file in ("generic_neutral_mesh", "identity000", "smile"):
            _write(folder / f"{file}.obj", "\n".join(content))
        yield f"ICT, {name}", folder / "generic_neutral_mesh.obj", open_model
    for name, index in (
        ("a name out of the folder", {"expressions": ["../../../../etc/passwd"]}),
        ("a thousand names", {"expressions": ["smile"] * 100_000}),
        ("landmarks beyond", {"expressions": [], "idx_to_landmark_verts": [1 << 62] * 68}),
        ("names that are lists", {"expressions": [[["smile"]]]}),
    ):
        folder = _folder(place / name.replace(" ", "-"))
        for file in ("generic_neutral_mesh", "identity000", "smile"):
            _write(folder / f"{file}.obj", "\n".join([*lines, face]))
        _write(folder / "vertex_indices.json", json.dumps(index))
        yield f"ICT, {name}", folder, open_model
    folder = _folder(place / "links")
    _write(folder / "generic_neutral_mesh.obj", "\n".join([*lines * 5000, face]))
    for number in range(999):
        (folder / f"identity{number:03d}.obj").symlink_to("generic_neutral_mesh.obj")
    (folder / "identity999.obj").symlink_to("/dev/zero")
    yield "ICT, a thousand links", folder, open_model


def crafted_answers(place: Path, mark: Path) -> Made:
    """Landmarks and answers of black boxes."""

    def of_vertices(path: Path) -> object:
        return read_landmark_file(path, 100)

    files: dict[str, bytes | str] = {
        "deep.json": "[" * 500_000,
        "giant.json": json.dumps({"landmarks": [10**4000] * 68}),
        "none.json": '{"landmarks": [' + "NaN," * 67 + "NaN]}",
        "twice.json": '{"landmarks": 1, "landmarks": ' + json.dumps([1] * 67) + "}",
        "long.txt": "9" * 900_000,
        "code.csv": f"__import__('os').mkdir('{mark / 'csv'}')," * 68,
        "binary.txt": b"\0\xff" * 5000,
    }
    for name, content in files.items():
        yield f"landmarks, {name}", _write(place / name, content), of_vertices
    (place / "device.txt").symlink_to("/dev/zero")
    yield "landmarks, a device", place / "device.txt", of_vertices
    ok = b"HTTP/1.1 200 OK\r\n"
    answers = {
        "a length below nothing": ok + b"Content-Length: -5\r\n\r\n{}",
        "a giant length": ok + b"Content-Length: 99999999999999999999\r\n\r\n{}",
        "a giant chunk": ok + b"Transfer-Encoding: chunked\r\n\r\nffffffffffff\r\nabc",
        "a chunk of no length": ok + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nabc",
        "chunks below nothing": ok + b"Transfer-Encoding: chunked\r\n\r\n-4\r\nabcd\r\n",
        "thousands of headers": ok + b"X: y\r\n" * 5000 + b"\r\n",
        "a header without an end": ok + b"X: " + b"y" * 1_000_000,
        "a status that is none": b"HTTP/1.1 \xff\xff\xff Well\r\n\r\n",
        "nothing": b"",
        "continue and continue": b"HTTP/1.1 100 Continue\r\n\r\n" * 50_000,
        "great depth": ok + b"Content-Length: 100000\r\n\r\n" + b"[" * 100_000,
        "lists that are long": ok + b"\r\n" + b'{"vector":[' + b"1," * 600_000 + b"1]}",
        "a redirection": b"HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n",
        "a terminal's colours": b"HTTP/1.1 400 No\r\nContent-Length: 20\r\n\r\n\x1b[31m\n\x07red\n\nlines",
    }
    for name, content in answers.items():
        yield f"HTTP, {name}", _write(place / name.replace(" ", "-"), content), ask_over_http
    lines = {
        "great depth": b"[" * 900_000 + b"\n",
        "no end of a line": b"1" * 3_000_000,
        "nothing but lines": b"\n" * 3_000_000,
        "numbers that are none": b'{"vector": [NaN, Infinity]}\n',
        "the same name twice": b'{"vector": [1, 2], "vector": {"a": 1}}\n',
        "bytes": bytes(range(256)) * 100,
    }
    for name, content in lines.items():
        yield f"program, {name}", _write(place / f"line-{name}".replace(" ", "-"), content), ask_program
