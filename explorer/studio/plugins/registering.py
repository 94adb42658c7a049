"""Puts a plug-in's part among the program's own, checked, under its own name; and takes it away again."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from explorer.science.contents import special
from explorer.science.errors import LikenessError
from explorer.science.generation.registry import GENERATORS, GeneratorEntry
from explorer.science.generation.spec import GeneratorSpec
from explorer.science.geometry.model_files.reading import READERS, ModelReader
from explorer.science.inversion.terms import TERMS, LossTarget, Term
from explorer.science.leakage.labels import LABELS
from explorer.science.leakage.probes import PROBES, ProbeSpec
from explorer.science.recognition.base import EncoderSpec
from explorer.science.recognition.registry import ENCODERS, register_encoder
from explorer.studio.catalogue import catalogue
from explorer.studio.catalogue.generators import register_brought
from explorer.studio.catalogue.plugged import (
    PluggedNetwork,
    plug_model,
    plug_network,
    unplug_model,
    unplug_network,
)
from explorer.studio.origins import Group, Origin
from explorer.studio.plugins.guarding import GuardedBody, blamed, guarded, guarded_term
from explorer.studio.plugins.parts import EncoderPlugin, GeneratorPlugin, ModelPlugin

if TYPE_CHECKING:
    from torch import nn

    from explorer.science.generation.generator import Generator
    from explorer.science.generation.preview import PreviewHead

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
Undo = Callable[[], object]


class PluginError(LikenessError, ValueError):
    """A part of a plug-in that cannot be registered; the message says why."""


def register_part(group: Group, part: object, origin: Origin) -> tuple[str, Undo]:
    """Register a part that an entry point led to; of any group but the panels.

    Returns:
        Its name among the program's own, and what takes it away again.

    Raises:
        PluginError: it is not what its group asks for, or its name is taken.
        Exception: whatever the part raises while it is looked at.
    """
    return _REGISTER[group](part, origin)


def _encoder(part: object, origin: Origin) -> tuple[str, Undo]:
    if not isinstance(part, EncoderPlugin) or not isinstance(part.spec, EncoderSpec):
        raise _wrong(part, "an encoder: it needs `spec` (an EncoderSpec), `file` and `body`")
    spec, name = part.spec, _checked(part.spec.id, "encoder")
    if spec.measure not in ("cosine", "euclidean") or spec.dimension < 1:
        raise PluginError(f"its measure is {spec.measure!r} and its dimension {spec.dimension}")
    network = PluggedNetwork(_own(spec.network, name), _file(part.file), origin)

    def body(data: bytes) -> nn.Module:
        said = f"the encoder {name}"
        with blamed(said, origin):
            made = part.body(data)
            if not isinstance(made, torch.nn.Module):
                raise TypeError(f"its body is no torch module but {type(made).__name__}")
            return GuardedBody(made, spec.dimension, said, origin)

    plug_network(network)
    try:
        register_encoder(spec, body)
    except ValueError:
        unplug_network(network.id)
        raise

    def undo() -> None:
        ENCODERS.unregister(name)
        unplug_network(network.id)

    return name, undo


def _generator(part: object, origin: Origin) -> tuple[str, Undo]:
    if not isinstance(part, GeneratorPlugin) or not isinstance(part.spec, GeneratorSpec):
        raise _wrong(part, "a generator: it needs `spec` (a GeneratorSpec), `files` and `build`")
    spec, files = part.spec, tuple(map(_file, part.files))
    name = _checked(spec.id, "generator")
    if spec.previews:
        raise PluginError("it has previews, which are drawn by heads of the program's own: leave them out")
    if len(spec.networks) != max(len(files), 1):
        raise PluginError(f"it names {len(spec.networks)} networks and brings {len(files)} files")
    found = [
        PluggedNetwork(_own(id_, name), file, origin) for id_, file in zip(spec.networks, files or (None,), strict=True)
    ]

    def build(data: Sequence[bytes], heads: Mapping[int, PreviewHead]) -> Generator:
        from explorer.science.generation.generator import Generator

        with blamed(f"the generator {name}", origin):
            made = part.build(data)
            if not isinstance(made, Generator):
                raise TypeError(f"it is no Generator but {type(made).__name__}")
            return made

    register_brought()  # an imported one of that name was there first
    plugged = list[PluggedNetwork]()

    def unplug() -> None:
        for network in plugged:
            unplug_network(network.id)

    try:
        for network in found:
            plug_network(network)
            plugged.append(network)
        GENERATORS.register(name, GeneratorEntry(spec, build))
    except ValueError:
        unplug()
        raise

    def undo() -> None:
        GENERATORS.unregister(name)
        unplug()

    return name, undo


def _term(part: object, origin: Origin) -> tuple[str, Undo]:
    if not isinstance(part, Term):
        raise _wrong(part, "a loss term (Term)")
    name = _checked(part.name, "loss term")
    known = {field for field, value in vars(LossTarget(torch.zeros(1), "cosine")).items() if value is None}
    if part.needs is not None and part.needs not in known:
        raise PluginError(f"it needs {part.needs!r}, which no target has")
    if not 0 < part.limit < float("inf"):
        raise PluginError(f"the limit of its weight is {part.limit!r}: it has to be above 0")
    # It counts where somebody gives it a weight, so that switching it on changes no run, of now or of then.
    value = guarded_term(part.value, f"the loss term {name}", origin)
    TERMS.register(name, replace(part, default_weight=0.0, value=value))
    return name, partial(TERMS.unregister, name)


def _probe(part: object, origin: Origin) -> tuple[str, Undo]:
    if not isinstance(part, ProbeSpec):
        raise _wrong(part, "a probe (ProbeSpec)")
    name = _checked(part.name, "probe")
    if part.label not in LABELS:
        raise PluginError(f"it is trained on {part.label!r}, which is no label; there are {', '.join(LABELS)}")
    expected = (2,) if part.kind in ("binary", "categorical") else (2, *part.shape)
    found = part.target(torch.ones(2, *LABELS[part.label].shape))
    if tuple(found.shape) != expected:
        raise PluginError(f"its target has the shape {list(found.shape)} for two faces, not {list(expected)}")
    said = f"the probe {name}"
    evidence = None if part.evidence is None else guarded(part.evidence, said, origin)
    PROBES.register(name, replace(part, target=guarded(part.target, said, origin), evidence=evidence))
    return name, partial(PROBES.unregister, name)


def _model(part: object, origin: Origin) -> tuple[str, Undo]:
    if not isinstance(part, ModelPlugin):
        raise _wrong(part, "a morphable model: it needs `name`, `title`, `reads` and `read`")
    name, title, file = _checked(part.name, "morphable model"), str(part.title), getattr(part, "file", None)
    reads = guarded(part.reads, f"the morphable model {name}", origin)
    READERS.register(name, ModelReader(name, title, lambda path: bool(reads(path)), part.read))
    if file is None:
        return name, partial(READERS.unregister, name)
    try:
        plug_model(name, _file(file, folder=True) or Path(file))
    except PluginError:
        READERS.unregister(name)
        raise

    def undo() -> None:
        READERS.unregister(name)
        unplug_model(name)

    return name, undo


_REGISTER: Mapping[Group, Callable[[object, Origin], tuple[str, Undo]]] = {
    "encoders": _encoder,
    "generators": _generator,
    "terms": _term,
    "probes": _probe,
    "models": _model,
}


def _wrong(part: object, wanted: str) -> PluginError:
    return PluginError(f"it leads to a {type(part).__name__}, which is not {wanted}")


def _checked(name: object, what: str) -> str:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise PluginError(f"its {what} is called {name!r}: small letters, digits and hyphens are allowed")
    return name


def _own(network: str, name: str) -> str:
    """The id of a plug-in's network, which must be nobody else's."""
    if not re.fullmatch(rf"{re.escape(name)}(-[a-z0-9-]+)?", network):
        raise PluginError(f"its network is called {network!r}: the name has to begin with {name!r}")
    if network in {entry.id for entry in catalogue().entries()}:
        raise PluginError(f"the catalogue has a network called {network!r} already")
    return network


def _file(file: object, *, folder: bool = False) -> Path | None:
    if file is None:
        return None
    if not isinstance(file, Path):
        raise PluginError(f"its file is given as {type(file).__name__}, not as a Path")
    try:
        what = special(file)
    except OSError as error:
        raise PluginError(f"its file {file} cannot be read: {error.strerror or error}") from error
    if what and not (folder and file.is_dir()):
        raise PluginError(f"its file {file} is {what}")
    return file
