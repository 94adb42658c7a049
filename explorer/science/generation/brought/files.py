"""From a generator's file to the generator: told by its contents, built, and kept in a form that holds numbers only."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load, save
from torch import Tensor, nn

from explorer.science.contents import LOOKED_AT, open_file, stand_in
from explorer.science.generation.brought import dcgan, stylegan2, stylegan3
from explorer.science.generation.brought.generator import BroughtGenerator
from explorer.science.generation.brought.layouts import generator_part, known
from explorer.science.generation.brought.operators import StyleMapping
from explorer.science.generation.brought.parts import Part
from explorer.science.generation.spec import GeneratorSpec
from explorer.science.names import name_of, said
from explorer.science.networks.errors import NetworkFileError
from explorer.science.networks.restricted_pickle import InertArray, PickleError
from explorer.science.networks.torch_pickle import read_torch_file

_FORMAT = "likeness-generator/1"
_WIDEST = 4096
_MIX = ":mix_"  # with the side behind it
_LISTED, _LONGEST_WORD, _LARGEST_ARGUMENT = 4, 99, 1 << 62  # of arguments that are kept
# Of what is said of a file, in which names out of it may stand.
_LONGEST_LINE = 400
# What is said of a file that does not even begin as a pickle, and what of it instead.
_FIRST_UNKNOWN, _OTHER = "at position 0, opcode", "it is no pickle, as NVIDIA's .pkl, and no PyTorch checkpoint"


@dataclass(frozen=True, eq=False)
class GeneratorFile:
    """A generator as its file holds it.

    family: "StyleGAN2", "StyleGAN3-T", "StyleGAN3-R" or "DCGAN". layout: whose file it is.
    part: its tensors and what it was made with. mean_w: (K,) where the file states it.
    mixes: of its previews, as of `BroughtGenerator`; none in its maker's file.
    spec: with an empty id and title.
    """

    family: str
    layout: str
    part: Part
    mean_w: Tensor | None
    spec: GeneratorSpec
    mixes: Mapping[int, Tensor] = field(default_factory=dict)

    def with_previews(self, mixes: Mapping[int, Tensor]) -> GeneratorFile:
        """The same with previews, whose sides its spec then states."""
        return replace(self, mixes=dict(mixes), spec=replace(self.spec, previews=tuple(sorted(mixes))))


def read_generator_file(path: Path) -> GeneratorFile:
    """Tell what generator a file holds.

    NVIDIA's pickles of StyleGAN2-ADA and StyleGAN3, rosinality's checkpoints, and state dicts of DCGAN. Nothing that a
    file names is run.

    Raises:
        NetworkFileError: it holds none, or a conditional one; the message says what it is and what is missing.
        OSError: it cannot be read.

    Example:
        >>> from explorer.science.generation import read_generator_file
        >>> read_generator_file(samples / "astronaut.png")
        Traceback (most recent call last):
        explorer.science.networks.errors.NetworkFileError: ...
    """
    with open_file(path) as file:
        head = file.read(LOOKED_AT)
        size = file.seek(0, io.SEEK_END)
    what = stand_in(head, archives=False)
    if what:
        raise NetworkFileError(f"{name_of(path)} is {what}")
    try:
        return _told(*generator_part(read_torch_file(path, known), size))
    except (PickleError, NetworkFileError) as error:
        why = said(error, _LONGEST_LINE)
        why = _OTHER if _FIRST_UNKNOWN in why else why
        raise NetworkFileError(f"{name_of(path)} is no generator that can be brought: {why}") from error
    except Exception as error:  # a crafted file can make its reader stumble in any way; each is the file's fault
        if isinstance(error, OSError) and error.filename is not None:
            raise
        raise NetworkFileError(f"{name_of(path)} is damaged, or no generator: {said(error)}") from error


def build_brought(file: GeneratorFile, spec: GeneratorSpec) -> BroughtGenerator:
    """Build the generator of a file.

    Raises:
        NetworkFileError: a tensor is missing or of another shape.
    """
    mapping, synthesis = _networks(file.family, file.part)
    spec = replace(spec, previews=tuple(sorted(file.mixes)))
    return BroughtGenerator(spec, mapping, synthesis, file.mean_w, file.mixes)


def pack(file: GeneratorFile) -> bytes:
    """The generator in a form of the program's own: safetensors, with what it was made with as JSON beside them."""
    tensors: dict[str, Tensor] = {}
    parts: dict[str, Any] = {}
    for part in file.part.walk():
        for name in part.tensors:
            found = part.optional(name)
            if found is not None:
                tensors[f"{part.path}:{name}"] = found.contiguous().clone()
        parts[part.path] = {"kind": part.kind, "arguments": _plain(part.arguments)}
    if file.mean_w is not None:
        tensors[":mean_w"] = file.mean_w.clone()
    tensors |= {f"{_MIX}{side}": mix.clone() for side, mix in file.mixes.items()}
    about = {"format": _FORMAT, "family": file.family, "layout": file.layout, "parts": json.dumps(parts)}
    return save(tensors, about)


def unpack(data: bytes) -> GeneratorFile:
    """What `pack` made.

    Raises:
        NetworkFileError: it is something else, or damaged.
    """
    try:
        length = int.from_bytes(data[:8], "little")
        about: dict[str, str] = json.loads(data[8 : 8 + length])["__metadata__"]
        if about["format"] != _FORMAT:
            raise NetworkFileError(f"it is of the format {about['format']!r}, which this version does not know")
        tensors, parts = load(data), json.loads(about["parts"])
        mean = tensors.pop(":mean_w", None)
        mixes = {int(name[len(_MIX) :]): tensors.pop(name) for name in list(tensors) if name.startswith(_MIX)}
        if any(mix.ndim != 2 or mix.shape[1] != mix.shape[0] + 1 for mix in mixes.values()):
            raise ValueError("a preview's colours are no mixture")
        part = _tree("", parts, tensors)
        return replace(_told(about["layout"], part, mean), family=about["family"]).with_previews(mixes)
    except Exception as error:  # whatever stands there where it should not
        raise NetworkFileError(f"the generator's file is damaged: {said(error, _LONGEST_LINE)}") from error


def _tree(path: str, parts: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> Part:
    own = {name.partition(":")[2]: tensor for name, tensor in tensors.items() if name.partition(":")[0] == path}
    start = f"{path}." if path else ""
    below = [name for name in parts if name and name.startswith(start) and "." not in name[len(start) :]]
    deeper = {name[len(start) :]: _tree(name, parts, tensors) for name in below}
    return Part(path, parts[path]["kind"], own, deeper, parts[path]["arguments"])


def _plain(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Of what a part was made with, the numbers and words."""
    found: dict[str, Any] = {}
    for name, given in arguments.items():
        value = given
        if isinstance(given, InertArray):
            value = given.values.tolist() if given.values.size <= _LISTED else None
        elif isinstance(given, np.generic):
            value = given.item()
        short = isinstance(value, list | tuple) and len(value) <= _LISTED
        listed = short and all(
            isinstance(one, float) or (isinstance(one, int) and abs(one) < _LARGEST_ARGUMENT) for one in value
        )
        if (
            value is None
            or isinstance(value, bool | float)
            or (isinstance(value, int) and abs(value) < _LARGEST_ARGUMENT)
            or listed
            or (isinstance(value, str) and len(value) < _LONGEST_WORD)
        ):
            found[name] = value
    return found


def _told(layout: str, part: Part, mean: Tensor | None) -> GeneratorFile:
    """Name the family and the shapes of a generator's latents, and refuse what cannot be drawn."""
    family = "DCGAN" if layout == "dcgan" else _family(part)
    labels = part.count("c_dim", 0, 0, 1 << 30)
    if labels or "embed" in part.parts.get("mapping", part).parts:
        classes = f"of {labels} classes " if labels else ""
        raise NetworkFileError(
            f"it is a conditional {family}, which draws faces {classes}by a label: only generators without labels are "
            "read"
        )
    mapping, synthesis = _networks(family, part)
    if synthesis.colours not in (1, 3):
        raise NetworkFileError(f"its images have {synthesis.colours} channels, not the three of colours")
    if layout == "nvidia" and mean is None and "w_avg" in part.part("mapping").tensors:
        mean = part.part("mapping").optional("w_avg")
    if family == "DCGAN":
        width = z_width = synthesis.width
        mean = torch.zeros(width)
    else:
        width, z_width = mapping.outputs, int(part.part("mapping").part("fc0").tensor("weight").shape[1])
    if mean is not None and (mean.shape != (width,) or not bool(mean.isfinite().all())):
        raise NetworkFileError(f"its mean of W has shape {tuple(mean.shape)}, not ({width},)")
    spec = GeneratorSpec(
        id="",
        title="",
        networks=(),
        style_layers=synthesis.style_layers,
        width=width,
        resolution=synthesis.resolution,
        z_width=None if z_width == width else z_width,
    )
    return GeneratorFile(family, layout, part, mean, spec)


def _family(part: Part) -> str:
    synthesis = part.part("synthesis")
    if any(name.startswith("b") and name[1:].isdigit() for name in synthesis.parts):
        return "StyleGAN2"
    if "input" not in synthesis.parts:
        names = ", ".join(list(synthesis.parts)[:4]) or "nothing"
        raise NetworkFileError(f"its synthesis has {names}, as no known StyleGAN")
    first = next((layer for name, layer in synthesis.parts.items() if name.startswith("L0_")), None)
    # Configuration R turns with its picture: its convolutions see one pixel.
    return "StyleGAN3-R" if first is not None and first.tensor("weight").shape[-1] == 1 else "StyleGAN3-T"


def _networks(family: str, part: Part) -> tuple[Any, Any]:
    """Its mapping and synthesis."""
    if family == "DCGAN":
        return nn.Identity(), dcgan.Synthesis(part)
    mapping, source = part.part("mapping"), part.part("synthesis")
    first = mapping.part("fc0").tensor("weight", None, None)
    if not 1 <= first.shape[1] <= _WIDEST:
        raise NetworkFileError(f"its latents have {first.shape[1]} numbers, more than {_WIDEST}")
    to_w = StyleMapping(mapping, first.shape[1])
    if family == "StyleGAN2":
        synthesis: nn.Module = stylegan2.Synthesis(source, to_w.outputs)
    else:
        resolution = source.count("img_resolution", part.count("img_resolution", 0, 0, 8192), 0, 8192)
        synthesis = stylegan3.Synthesis(source, to_w.outputs, resolution or _drawn_side(source))
    return to_w, synthesis


def _drawn_side(synthesis: Part) -> int:
    """The side of the images of a StyleGAN3, which the names of its layers state: the last is L14_1024_3."""
    sides = [name.split("_")[1] for name in synthesis.parts if name.startswith("L") and name.count("_") == 2]
    return int(sides[-1]) if sides and sides[-1].isdigit() else 0
