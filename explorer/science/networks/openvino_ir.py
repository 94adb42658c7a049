"""Read the constants of an OpenVINO IR network (`.xml` graph, `.bin` weights), and where the graph uses them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from xml.etree import ElementTree

import numpy as np
import torch
from torch import Tensor

from explorer.science.networks.errors import NetworkFileError

_TYPES = {"f32": "<f4", "i32": "<i4", "i64": "<i8"}


@dataclass(frozen=True)
class IrLayer:
    """One operation: its identifier, name, type and attributes, and for each input the layer and port it reads."""

    id: str
    name: str
    type: str
    attributes: dict[str, str]
    inputs: tuple[str, ...]
    ports: tuple[int, ...]


class IrNetwork:
    """The graph of an IR file, in topological order.

    Args:
        xml: bytes of the graph file; a document type declaration is refused, so that no entity is ever expanded.
        weights: bytes of the weights file.

    Raises:
        NetworkFileError: the files are no IR network, or do not belong together.
    """

    def __init__(self, xml: bytes, weights: bytes) -> None:
        if b"<!DOCTYPE" in xml or b"<!ENTITY" in xml:
            raise NetworkFileError("the IR graph declares a document type, which no such file needs")
        try:
            root = ElementTree.fromstring(xml)  # noqa: S314  entities are refused above
            sources = _sources(root)
            self.layers = {
                layer.id: layer for layer in (_layer(element, sources) for element in root.iterfind("layers/layer"))
            }
        except (ElementTree.ParseError, LookupError, ValueError) as error:
            raise NetworkFileError("the file is not an OpenVINO IR graph, or it is damaged") from error
        if not self.layers:
            raise NetworkFileError("the file is not an OpenVINO IR graph: it has no layers")
        self._weights = weights

    def of_type(self, kind: str) -> list[IrLayer]:
        """Every layer of a type, in topological order."""
        return [layer for layer in self.layers.values() if layer.type == kind]

    def by_name(self, name: str) -> IrLayer:
        """The one layer of that name.

        Raises:
            NetworkFileError: there is none.
        """
        for layer in self.layers.values():
            if layer.name == name:
                return layer
        raise NetworkFileError(f"the IR graph has no layer called {name!r}; it is another network or version")

    def readers(self, layer: IrLayer) -> list[IrLayer]:
        """The layers that read a layer's output."""
        return [other for other in self.layers.values() if layer.id in other.inputs]

    def constant(self, layer: IrLayer) -> Tensor:
        """The value of a constant layer.

        Raises:
            NetworkFileError: the layer is no constant or its bytes are not in the weights file.
        """
        try:
            shape = [int(size) for size in layer.attributes["shape"].split(",") if size.strip()]
            offset, size = int(layer.attributes["offset"]), int(layer.attributes["size"])
            kind = np.dtype(_TYPES[layer.attributes["element_type"]])
        except KeyError as error:
            raise NetworkFileError(
                f"layer {layer.name!r} of the IR graph is not a constant that can be read"
            ) from error
        if offset < 0 or size != math.prod(shape) * kind.itemsize or offset + size > len(self._weights):
            raise NetworkFileError(
                f"constant {layer.name!r} lies outside the weights file: the two files do not belong together"
            )
        values = np.frombuffer(self._weights, kind, math.prod(shape), offset).reshape(shape)
        return torch.from_numpy(values.copy())

    def constants_of(self, layer: IrLayer) -> list[Tensor]:
        """The constants that a layer reads, in the order of its ports."""
        sources = (self.layers[source] for source in layer.inputs)
        return [self.constant(source) for source in sources if source.type == "Const"]


def _sources(root: ElementTree.Element) -> dict[tuple[str, str], tuple[str, int]]:
    edges = root.iterfind("edges/edge")
    return {
        (edge.attrib["to-layer"], edge.attrib["to-port"]): (edge.attrib["from-layer"], int(edge.attrib["from-port"]))
        for edge in edges
    }


def _layer(element: ElementTree.Element, sources: dict[tuple[str, str], tuple[str, int]]) -> IrLayer:
    data = element.find("data")
    read = [sources[element.attrib["id"], port.attrib["id"]] for port in element.iterfind("input/port")]
    return IrLayer(
        id=element.attrib["id"],
        name=element.attrib["name"],
        type=element.attrib["type"],
        attributes=dict(data.attrib) if data is not None else {},
        inputs=tuple(layer for layer, _ in read),
        ports=tuple(port for _, port in read),
    )
