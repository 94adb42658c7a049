"""Read a TensorFlow.js model whose JSON and shards were each wrapped in a JavaScript module.

No script is run. Each module's bundle ends in `X.exports=` and a literal: an object, which is the model's JSON as a
minifier writes it (bare names, `!0` for true, `-.5`), or a string, which is a shard in base64.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any

from torch import Tensor

from explorer.science.names import said
from explorer.science.networks.errors import NetworkFileError
from explorer.science.networks.tfjs_graph import LARGEST_JSON, weights_of

# A bundle's own `module.exports=a()` is no literal. No name is asked for before the dot: within megabytes of base64, a
# search for a word of any length would take hours.
_EXPORT = re.compile(rb"\.exports=(?=[{\"])")
_SHARD = re.compile(rb'"([A-Za-z0-9+/]*={0,2})"')
_TOKEN = re.compile(
    r"(?P<space>\s+)"
    r"|(?P<mark>[{}\[\]:,])"
    r'|(?P<text>"(?:[^"\\]|\\["\\/bfnrt])*")'
    r"|(?P<number>-?(?:0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?))"
    r"|(?P<word>![01]|[A-Za-z_$][\w$]*)"
)
_WORDS = {"!0": True, "!1": False, "true": True, "false": False, "null": None}
_ESCAPED = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_DEEPEST = 64


def read_modules(data: bytes) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """The JSON of a model and its weights by name.

    Args:
        data: the modules one behind the other: that of the JSON, then those of the shards in the order of the JSON.

    Raises:
        NetworkFileError: it is no such file, or damaged.
    """
    places = [match.end() for match in _EXPORT.finditer(data)]
    if not places or data[places[0] : places[0] + 1] != b"{":
        raise NetworkFileError("the file holds no JavaScript module with a TensorFlow.js model")
    model = literal(data[places[0] : places[0] + LARGEST_JSON])
    if not isinstance(model, dict) or "modelTopology" not in model or "weightsManifest" not in model:
        raise NetworkFileError("the JavaScript module holds no TensorFlow.js model")
    return model, weights_of(model, b"".join(_shard(data, place) for place in places[1:]))


def keras_layers(model: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The layers of a model that TensorFlow.js took from Keras.

    Raises:
        NetworkFileError: it is a graph of another kind.
    """
    try:
        layers = model["modelTopology"]["model_config"]["config"]["layers"]
    except (KeyError, TypeError) as error:
        raise NetworkFileError("the model is none of Keras") from error
    if not isinstance(layers, list) or not all(isinstance(one, dict) for one in layers):
        raise NetworkFileError("the model holds no list of layers")
    return layers


def keras_weights(weights: Mapping[str, Tensor]) -> dict[str, dict[str, Tensor]]:
    """Weights by layer, and there by their last names."""
    found: dict[str, dict[str, Tensor]] = {}
    for name, tensor in weights.items():
        layer, _, last = name.rpartition("/")
        found.setdefault(layer, {})[last] = tensor
    return found


def literal(data: bytes) -> Any:
    """The object or list that a JavaScript literal describes; what follows it is not read.

    Raises:
        NetworkFileError: it is none, is cut off, or is nested too deep.

    Example:
        >>> from explorer.science.networks.javascript_modules import literal
        >>> literal(b'{a:[-.5,1e3,!0,null],"b c":"d"}}),{});')
        {'a': [-0.5, 1000.0, True, None], 'b c': 'd'}
    """
    return _Literal(data.decode("latin-1")).value(0)


class _Literal:
    """Reads one literal from its text, piece by piece."""

    def __init__(self, text: str) -> None:
        self._text, self._place = text, 0

    def value(self, depth: int) -> Any:
        kind, piece = self._next()
        if kind == "text":
            return _text(piece)
        if kind == "number":
            return _number(piece)
        if kind == "word" and piece in _WORDS:
            return _WORDS[piece]
        if piece not in ("{", "["):
            raise NetworkFileError(f"the JavaScript literal has {piece[:40]!r} in place of a value")
        if depth >= _DEEPEST:
            raise NetworkFileError("the JavaScript literal is nested deeper than any network's")
        return self._object(depth) if piece == "{" else self._list(depth)

    def _object(self, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        kind, piece = self._next()
        while piece != "}" or kind != "mark":
            if kind not in ("text", "word", "number"):
                raise NetworkFileError(f"the JavaScript literal has {piece[:40]!r} in place of a name")
            name = _text(piece) if kind == "text" else piece
            self._expect(":")
            found[name] = self.value(depth + 1)
            kind, piece = self._between("}")
        return found

    def _list(self, depth: int) -> list[Any]:
        found: list[Any] = []
        start = self._place
        if self._next() == ("mark", "]"):
            return found
        self._place = start
        while True:
            found.append(self.value(depth + 1))
            start = self._place
            kind, piece = self._next()
            if (kind, piece) == ("mark", "]"):
                return found
            self._place = start
            self._expect(",")

    def _between(self, end: str) -> tuple[str, str]:
        """What follows a member: the end, or behind a comma the next name."""
        kind, piece = self._next()
        if kind == "mark" and piece == ",":
            return self._next()
        if kind != "mark" or piece != end:
            raise NetworkFileError(f"the JavaScript literal has {piece[:40]!r} behind a value")
        return kind, piece

    def _expect(self, mark: str) -> None:
        kind, piece = self._next()
        if kind != "mark" or piece != mark:
            raise NetworkFileError(f"the JavaScript literal has {piece[:40]!r} in place of {mark!r}")

    def _next(self) -> tuple[str, str]:
        while True:
            match = _TOKEN.match(self._text, self._place)
            if match is None:
                cut = self._place >= len(self._text)
                what = "is cut off" if cut else f"holds what is no literal: {self._text[self._place :][:20]!r}"
                raise NetworkFileError(f"the JavaScript literal {what}")
            self._place = match.end()
            if match.lastgroup != "space":
                return str(match.lastgroup), match.group()


def _text(piece: str) -> str:
    return re.sub(r"\\(.)", lambda match: _ESCAPED.get(match.group(1), match.group(1)), piece[1:-1])


def _number(piece: str) -> int | float:
    if piece.lower().lstrip("-").startswith("0x"):
        return int(piece, 16)
    return int(piece) if piece.lstrip("-").isdigit() else float(piece)


def _shard(data: bytes, place: int) -> bytes:
    match = _SHARD.match(data, place)
    if match is None:
        raise NetworkFileError("a module that should hold weights holds something else, or is cut off")
    try:
        return base64.b64decode(match.group(1), validate=True)
    except binascii.Error as error:
        raise NetworkFileError(f"a shard is damaged: {said(error)}") from error
