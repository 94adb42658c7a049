"""Models wrapped in JavaScript: literals as a minifier writes them, shards in base64, and refusal of anything else."""

from __future__ import annotations

import base64
import json
import re

import numpy as np
import pytest
import torch

from explorer.science.networks.errors import NetworkFileError
from explorer.science.networks.javascript_modules import keras_layers, keras_weights, literal, read_modules

_BUNDLE = (
    b'!function(a){if("object"==typeof exports&&"undefined"!=typeof module)module.exports=a();else{window.m=a()}}'
    b"(function(){return function a(n,i,e){return t}({1:[function(a,n,i){n.exports=%s},{}]},{},[1])(1)});"
)


def minified(value: object) -> bytes:
    """JSON as minifiers write it: bare names, !0 and !1, no 0 before a point."""
    text = json.dumps(value, separators=(",", ":"))
    text = re.sub(r'"([A-Za-z_]\w*)":', r"\1:", text)
    text = text.replace(":true", ":!0").replace(":false", ":!1")
    return re.sub(r"(?<=[:,\[])(-?)0\.", r"\1.", text).encode()


def model_and_shards(kernel: np.ndarray, bias: np.ndarray) -> tuple[dict, list[bytes]]:
    low, scale = float(kernel.min()), float(np.ptp(kernel)) / 255
    coded = np.rint((kernel - low) / scale).astype(np.uint8)
    layers = [
        {"name": "in", "class_name": "InputLayer", "config": {"name": "in", "batch_input_shape": [None, 4]}},
        {"name": "out", "class_name": "Dense", "config": {"name": "out", "use_bias": True, "activation": "linear"}},
    ]
    manifest = {
        "paths": ["one", "two"],
        "weights": [
            {
                "name": "out/kernel",
                "shape": list(kernel.shape),
                "dtype": "float32",
                "quantization": {"dtype": "uint8", "scale": scale, "min": low},
            },
            {"name": "out/bias", "shape": list(bias.shape), "dtype": "float32"},
        ],
    }
    model = {"modelTopology": {"model_config": {"config": {"layers": layers}}}, "weightsManifest": [manifest]}
    whole = coded.tobytes() + bias.astype("<f4").tobytes()
    return model, [whole[:7], whole[7:]]


def modules(model: dict, shards: list[bytes]) -> bytes:
    wrapped = [_BUNDLE % minified(model)]
    wrapped += [_BUNDLE % b'"%s"' % base64.b64encode(shard) for shard in shards]
    return b"".join(wrapped)


def test_a_literal_is_what_json_says_of_it():
    value = {"a": [1, -2, 0.5, -0.25, 1e-07, True, False, None], "b": {"text": 'quo"te\n', "empty": [], "none": {}}}
    assert literal(minified(value)) == value
    assert literal(b'{ "a b" : 0xff , c : [ ] }') == {"a b": 255, "c": []}


def test_weights_come_out_of_quantised_shards_whatever_their_cuts():
    random = np.random.default_rng(0)
    kernel, bias = random.normal(size=(4, 3)).astype(np.float32), random.normal(size=3).astype(np.float32)
    model, weights = read_modules(modules(*model_and_shards(kernel, bias)))
    found = keras_weights(weights)["out"]
    assert torch.allclose(found["kernel"], torch.from_numpy(kernel), atol=float(np.ptp(kernel)) / 510 + 1e-6)
    assert torch.equal(found["bias"], torch.from_numpy(bias))
    assert [layer["name"] for layer in keras_layers(model)] == ["in", "out"]


def test_megabytes_of_base64_are_no_names_to_search_through():
    # A pattern that begins with a name of any length takes hours here.
    model, shards = model_and_shards(
        np.ones((2000, 2000), np.float32) + np.eye(2000, dtype=np.float32), np.ones(3, "f4")
    )
    _, weights = read_modules(modules(model, shards))
    assert weights["out/kernel"].shape == (2000, 2000)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"{a:[1,2", "cut off"),
        (b"{a:alert(1)}", "'alert' in place of a value"),
        (b"{a:1;b:2}", "no literal"),
        (b"{a 1}", "in place of ':'"),
        (b"[1 2]", "in place of ','"),
        (b"{a:1 b:2}", "behind a value"),
        (b"{[1]:2}", "in place of a name"),
        (b"[" * 100, "nested deeper"),
        (b"{a:`x`}", "no literal"),
    ],
)
def test_what_is_no_literal_is_refused(data, said):
    with pytest.raises(NetworkFileError, match=re.escape(said)):
        literal(data)


def test_what_is_no_model_is_refused():
    model, shards = model_and_shards(np.eye(4, 3, dtype=np.float32), np.ones(3, np.float32))
    for data, said in (
        (b"var a = 1;", "holds no JavaScript module"),
        (_BUNDLE % b'"abcd"', "holds no JavaScript module"),
        (_BUNDLE % b"{a:1}", "no TensorFlow.js model"),
        (modules(model, shards[:1]), "which its shards do not hold"),
        (modules(model, shards)[:-30], "something else, or is cut off"),
        (modules(model, shards) + _BUNDLE % b"{a:1}", "something else"),
    ):
        with pytest.raises(NetworkFileError, match=said):
            read_modules(data)
    with pytest.raises(NetworkFileError, match="none of Keras"):
        keras_layers({"modelTopology": {"node": []}})
