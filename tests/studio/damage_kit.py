"""A whole file of every kind that the program reads, what reads it, and ways in which files get damaged."""

from __future__ import annotations

import io
import json
import pickle
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import h5py
import numpy as np
import onnx
import torch
from matplotlib.figure import Figure
from onnx import TensorProto, helper
from scipy.io import savemat

from explorer.science.faces.reading import read_file
from explorer.science.geometry.model_files import read_model_file
from explorer.science.inversion.regressor import LatentRegressor, RegressorRecord, decode_regressor, encode_regressor
from explorer.science.leakage.fitted import decode_probes, encode_probes
from explorer.science.leakage.labels.expression import Expression
from explorer.science.networks.dlib_stream import read_layers
from explorer.science.networks.numpy_pickle import read_numpy_pickle
from explorer.science.networks.onnx_graph import OnnxGraph
from explorer.science.networks.openvino_ir import IrNetwork
from explorer.studio import places
from explorer.studio.app.features import codecs
from explorer.studio.batch.folder import JOURNAL, Entry, Journal
from explorer.studio.batch.job import Job
from explorer.studio.config.layouts import Layout, LayoutStore
from explorer.studio.config.preferences import PreferenceStore
from explorer.studio.export.provenance import bare_record, into_pdf, into_svg, png_bytes
from explorer.studio.faces.vector_encoder import open_vector
from explorer.studio.geometry.fitting import load_morphable_model
from explorer.studio.inversion.provenance import provenance
from explorer.studio.reproducing.runs import read_recorded
from explorer.studio.session.saving.archive import MANIFEST, read_session, write_session
from explorer.studio.session.saving.generations import Generations, abandoned
from tests.studio.export.made_up import made_up_run
from tests.studio.session.session_kit import full_session
from tests.studio.whole_files import picture, pictures, vectors


@dataclass(frozen=True)
class Kind:
    """A kind of file.

    make: writes a whole one, with what has to lie beside it, into a folder and returns its path. read: reads it.
    """

    name: str
    make: Callable[[Path], Path]
    read: Callable[[Path], object]


def _recorded(folder: Path) -> Path:
    (folder / "v.npy").write_bytes(vectors()["v.npy"])
    record = folder / "v.npy.json"
    record.write_text(json.dumps(bare_record(kind="embedding", encoder="sface", dimension=128)))
    return record


# Morphable models.

_POINTS = np.array([[0.0, 0.0, 0.0], [30.0, 0.0, 0.0], [0.0, 40.0, 0.0], [0.0, 0.0, 50.0]])
_FACES = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]])


def _random(*shape: int) -> np.ndarray:
    return np.random.default_rng(sum(shape)).normal(size=shape)


def _mat(folder: Path) -> Path:
    content = {"shapeMU": _POINTS.reshape(-1, 1) * 1000, "shapePC": _random(12, 5), "shapeEV": np.ones((5, 1))}
    savemat(folder / "01_MorphableModel.mat", content | {"tl": _FACES + 1})
    return folder / "01_MorphableModel.mat"


def _h5(folder: Path) -> Path:
    path = folder / "model2019_bfm.h5"
    with h5py.File(path, "w") as file:
        for name in ("shape", "expression"):
            file[f"{name}/model/mean"] = _POINTS.ravel()
            file[f"{name}/model/pcaBasis"] = _random(12, 3)
            file[f"{name}/model/pcaVariance"] = np.full(3, 4.0)
        file["shape/representer/cells"] = _FACES.T
    return path


def _flame(protocol: int) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        content = {"v_template": _POINTS / 1000, "shapedirs": _random(4, 3, 302), "f": _FACES.astype(np.uint32)}
        (folder / "generic_model.pkl").write_bytes(pickle.dumps(content, protocol=protocol))
        return folder / "generic_model.pkl"

    return make


def _surrey(folder: Path) -> Path:
    def matrix(values: np.ndarray) -> bytes:
        return np.array(values.shape, "<i4").tobytes() + values.astype("<f4").tobytes(order="F")

    part = matrix(_POINTS.reshape(-1, 1)) + matrix(_random(12, 2)) + matrix(np.ones((2, 1)))
    part += np.array([len(_FACES)], "<u8").tobytes() + _FACES.astype("<i4").tobytes()
    (folder / "sfm.bin").write_bytes(np.array([4], "<u4").tobytes() + part * 2)
    return folder / "sfm.bin"


def _objects(folder: Path) -> Path:
    lines = [f"v {x} {y} {z}" for x, y, z in _POINTS] + [f"f {a + 1}/1 {b + 1}/1 {c + 1}/1" for a, b, c in _FACES]
    for name in ("generic_neutral_mesh", "identity000", "smile"):
        (folder / f"{name}.obj").write_text("\n".join(lines))
    return folder / "identity000.obj"


def _own_model(folder: Path) -> Path:
    from explorer.studio.geometry.fitting import shipped_model

    shutil.copy(shipped_model(), folder / "own.safetensors")
    return folder / "own.safetensors"


# Networks.


def _onnx() -> bytes:
    shown = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 4]) for name in ("x", "y")]
    weights = onnx.numpy_helper.from_array(_random(4, 4).astype(np.float32), "w")
    graph = helper.make_graph([helper.make_node("MatMul", ["x", "w"], ["y"])], "g", shown[:1], shown[1:], [weights])
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 11)], ir_version=8)
    return bytes(made.SerializeToString())


def _ir() -> bytes:
    return (
        b'<?xml version="1.0"?><net name="n" version="11"><layers>'
        b'<layer id="0" name="x" type="Parameter" version="opset1"><data shape="1,4" element_type="f32"/>'
        b'<output><port id="0"><dim>1</dim><dim>4</dim></port></output></layer>'
        b'<layer id="1" name="w" type="Const" version="opset1">'
        b'<data element_type="f32" shape="4" offset="0" size="16"/>'
        b'<output><port id="0"><dim>4</dim></port></output></layer>'
        b'</layers><edges><edge from-layer="0" from-port="0" to-layer="1" to-port="0"/></edges></net>'
    )


def _dlib() -> bytes:
    def integer(value: int) -> bytes:
        size = max(1, (value.bit_length() + 7) // 8)
        return bytes([size]) + value.to_bytes(size, "little")

    head = integer(7) + b"affine_" + b"".join(map(integer, (2, 40, 1, 1, 1)))
    return head + np.arange(40, dtype="<f4").tobytes()


_NORM = ("weight", "bias", "running_mean", "running_var")


def _torch() -> bytes:
    file = io.BytesIO()
    state = {f"linear.{layer}.{part}": torch.ones(2) for layer in (0, 2) for part in ("weight", "bias")}
    for layer in range(1, 5):
        names = (f"conv_{layer}.1.bias", *(f"conv_{layer}.2.{part}" for part in _NORM))
        state |= {name: torch.ones(2) for name in names} | {f"conv_{layer}.1.weight": torch.ones(2, 2, 3, 3)}
    torch.save({"network": state}, file)
    return file.getvalue()


def _pickled() -> bytes:
    return pickle.dumps({"synthesis": {"w": np.arange(6.0, dtype=np.float32)}}, protocol=3)


_RECORD = RegressorRecord(encoder="sface", dimension=128, space="W", objective="latent", width=32, trained_on=7)


def _regressor() -> bytes:
    torch.manual_seed(0)
    made = LatentRegressor(128, 32)
    made.standardise(torch.randn(50, 128), torch.randn(50, 512))
    return encode_regressor(made, _RECORD)


def _probes() -> bytes:
    shipped = decode_probes((places.models() / "probes-sface.safetensors").read_bytes(), "sface")
    return encode_probes("sface", 128, {"smiling": shipped["smiling"]})


# What the program writes itself.


def _session(folder: Path) -> Path:
    return write_session(folder / "s.likeness", _snapshot())


_snapshot = cache(full_session)


def _manifest(folder: Path) -> Path:
    """What a session says of its parts, beside it."""
    with zipfile.ZipFile(_session(folder)) as archive:
        (folder / MANIFEST).write_bytes(archive.read(MANIFEST))
    return folder / MANIFEST


def _read_manifest(path: Path) -> object:
    """Read a session that says of its parts what the manifest beside it says."""
    made = path.with_name("made.likeness")
    with zipfile.ZipFile(path.with_name("s.likeness")) as old, zipfile.ZipFile(made, "w") as new:
        for entry in old.infolist():
            new.writestr(entry, path.read_bytes() if entry.filename == MANIFEST else old.read(entry))
    return read_session(made, codecs())


def _autosave(folder: Path) -> Path:
    kept = Generations(folder / "autosave")
    kept.save(_snapshot())
    kept.close(keep=True)
    return next(kept.folder.glob("session-*.json"))


def _restore(path: Path) -> None:
    for one in abandoned(path.parent.parent):
        try:
            one.read(codecs())
        finally:
            one.leave()


def _record() -> dict[str, object]:
    return dict(provenance(made_up_run()))


def _figure(kind: str) -> bytes:
    if kind == "png":
        return png_bytes(np.asarray(picture()), _record())
    if kind == "json":
        return json.dumps(_record()).encode()
    figure, buffer = Figure(figsize=(1, 1)), io.BytesIO()
    figure.text(0.5, 0.5, "a < b & c")
    figure.savefig(buffer, format=kind)
    return (into_svg if kind == "svg" else into_pdf)(buffer.getvalue(), _record())


def _journal(folder: Path) -> Path:
    journal = Journal(folder / JOURNAL, Job(kind="embed"))
    for name in ("a.png", "b.png"):
        journal.add(Entry(file=name, sha256="0" * 64, status="done", seconds=1.0, row={"norm": 1.0}))
    return folder / JOURNAL


def _layouts(folder: Path) -> Path:
    store = LayoutStore()
    store.persist_in(folder)
    store.save("mine", Layout.of(b"docks", (0, 0, 800, 600)))
    return folder / "layouts.json"


def _preferences(folder: Path) -> Path:
    store = PreferenceStore()
    store.persist_in(folder)
    store.set("text_size", 120)
    return folder / "preferences.json"


def _file(name: str, content: Callable[[], bytes]) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        (folder / name).write_bytes(content())
        return folder / name

    return make


def _of_bytes(read: Callable[[bytes], object]) -> Callable[[Path], object]:
    return lambda path: read(path.read_bytes())


def kinds() -> tuple[Kind, ...]:
    """Every kind of file that the program reads."""
    return (
        *(Kind(name, _file(name, lambda data=data: data), read_file) for name, data in pictures().items()),
        *(
            Kind(name, _file(name, lambda data=data: data), lambda path: open_vector(path, "sface"))
            for name, data in vectors().items()
        ),
        Kind("record of a vector", _recorded, lambda path: open_vector(path.with_suffix(""), "sface")),
        Kind("Basel .mat", _mat, read_model_file),
        Kind("Basel .h5", _h5, read_model_file),
        Kind("FLAME, protocol 2", _flame(2), read_model_file),
        Kind("FLAME, protocol 5", _flame(5), read_model_file),
        Kind("Surrey", _surrey, read_model_file),
        Kind("ICT", _objects, lambda path: read_model_file(path.parent)),
        Kind("own model", _own_model, load_morphable_model),
        Kind("ONNX", _file("n.onnx", _onnx), _of_bytes(OnnxGraph)),
        Kind("IR", _file("n.xml", _ir), _of_bytes(lambda data: IrNetwork(data, bytes(16)))),
        Kind("dlib", _file("n.dat", _dlib), _of_bytes(read_layers)),
        Kind("PyTorch", _file("n.pt", _torch), _of_bytes(Expression)),
        Kind("StyleGAN's pickle", _file("n.pkl", _pickled), _of_bytes(read_numpy_pickle)),
        Kind(
            "regressor",
            _file("r.safetensors", _regressor),
            _of_bytes(lambda data: decode_regressor(data, "sface", "W")),
        ),
        Kind("probes", _file("p.safetensors", _probes), _of_bytes(lambda data: decode_probes(data, "sface"))),
        Kind("session", _session, lambda path: read_session(path, codecs())),
        Kind("session's manifest", _manifest, _read_manifest),
        Kind("autosave", _autosave, _restore),
        *(
            Kind(f"figure.{kind}", _file(f"f.{kind}", lambda kind=kind: _figure(kind)), read_recorded)
            for kind in ("png", "svg", "pdf", "json")
        ),
        Kind("journal", _journal, lambda path: Journal(path, Job(kind="embed"))),
        Kind("layouts", _layouts, lambda path: LayoutStore().persist_in(path.parent)),
        Kind("preferences", _preferences, lambda path: PreferenceStore().persist_in(path.parent)),
    )


# Damage.


def damaged(data: bytes, random: np.random.Generator) -> bytes:
    """A file with one to three things wrong, half of them near its beginning, where headers are."""
    changed = bytearray(data)
    for _ in range(int(random.integers(1, 4))):
        if not changed:
            break
        reach = min(len(changed), 256) if random.random() < 0.5 else len(changed)
        at = int(random.integers(reach))
        length = int(random.integers(1, 17))
        way = random.integers(6)
        if way == 0:
            changed[at] ^= 1 << int(random.integers(8))
        elif way == 1:
            changed[at : at + length] = random.bytes(min(length, len(changed) - at))
        elif way == 2:
            del changed[at:]
        elif way == 3:
            changed[at:at] = random.bytes(length)
        elif way == 4:
            changed[at : at + 4 * length] = bytes(min(4 * length, len(changed) - at))
        else:
            del changed[at : at + length]
    return bytes(changed)
