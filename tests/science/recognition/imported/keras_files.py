"""Keras files as Keras writes them, a small one of FaceNet's layout, and what it computes by its attributes.

The computation is written from Keras's documentation in torch's functions, in double precision and channels first, and
shares nothing with the reader.
"""

from __future__ import annotations

import io
import json

import h5py
import numpy as np
import torch
import torch.nn.functional as F


def write(path, weights, layers=None):
    """A file as Keras writes it: for each layer the names of its weights, and each under its name."""
    with h5py.File(path, "w") as file:
        if layers is not None:
            file.attrs["model_config"] = json.dumps({"class_name": "Model", "config": {"layers": layers}})
        group = file.create_group("model_weights") if layers is not None else file
        # Of a layer without weights, too, there is a group, whose list of weights is empty.
        # Those of hostile files are anything.
        described = [one.get("config") for one in layers or () if isinstance(one, dict)]
        known = [config.get("name") for config in described if isinstance(config, dict)]
        bare = [name for name in known if name not in (None, *weights)]
        group.attrs["layer_names"] = [name.encode() for name in (*weights, *bare)]
        for layer, tensors in (weights | {name: {} for name in bare}).items():
            inner = group.create_group(layer)
            inner.attrs["weight_names"] = [f"{layer}/{name}:0".encode() for name in tensors]
            for name, values in tensors.items():
                inner.create_dataset(f"{layer}/{name}:0", data=values)


def node(kind, name, *sources, **config):
    return {
        "class_name": kind,
        "name": name,
        "config": {"name": name, **config},
        "inbound_nodes": [[[source, 0, 0, {}] for source in sources]] if sources else [],
    }


def scaled_sum(name, trunk, branch, scale):
    return node("Lambda", name, trunk, branch, function=["4wEAAAA", None, None], arguments={"scale": scale})


def facenet(side=160, width=4, dimension=24, seed=0):
    """The layers of Inception-ResNet-v1 (one block of the first two kinds, two of the last), narrower, and weights.

    Szegedy et al. 2016, figures 9 to 14, with FaceNet's scales of 0.17, 0.1 and 0.2.
    """
    random, weights = np.random.default_rng(seed), {}
    layers = [node("InputLayer", "input_1", batch_input_shape=[None, side, side, 3], dtype="float32", sparse=False)]
    channels = {"input_1": 3}

    def conv(name, source, outer, kernel, strides=1, padding="same", bias=False):
        rows, columns = kernel if isinstance(kernel, tuple) else (kernel, kernel)
        inner = channels[source]
        drawn = random.normal(size=(rows, columns, inner, outer)) * (2 / (rows * columns * inner)) ** 0.5
        weights[name] = {"kernel": drawn.astype("f4")}
        if bias:
            weights[name]["bias"] = (random.normal(size=outer) * 0.1).astype("f4")
        both = {"kernel_size": [rows, columns], "strides": [strides, strides], "dilation_rate": [1, 1]}
        add("Conv2D", name, source, outer, padding=padding, use_bias=bias, activation="linear", **both)
        return name if bias else activated(norm(f"{name}_BatchNorm", name), f"{name}_Activation")

    def add(kind, name, sources, outer, **config):
        sources = [sources] if isinstance(sources, str) else sources
        channels[name] = outer
        layers.append(node(kind, name, *sources, **config))
        return name

    def norm(name, source):
        count = channels[source]
        weights[name] = {
            "beta": (random.normal(size=count) * 0.1).astype("f4"),
            "moving_mean": (random.normal(size=count) * 0.1).astype("f4"),
            "moving_variance": random.uniform(0.5, 2, count).astype("f4"),
        }
        return add(
            "BatchNormalization", name, source, count, axis=3, momentum=0.995, epsilon=0.001, center=True, scale=False
        )

    def activated(source, name):
        return add("Activation", name, source, channels[source], activation="relu")

    def pool(name, source):
        size = {"pool_size": [3, 3], "strides": [2, 2], "padding": "valid"}
        return add("MaxPooling2D", name, source, channels[source], **size)

    def joined(name, sources):
        return add("Concatenate", name, sources, sum(channels[one] for one in sources), axis=3)

    def block(name, trunk, branches, scale, last=False):
        up = conv(f"{name}_Conv2d_1x1", joined(f"{name}_Concatenate", branches), channels[trunk], 1, bias=True)
        summed = scaled_sum(f"{name}_ScaleSum", trunk, up, scale)
        layers.append(summed)
        channels[f"{name}_ScaleSum"] = channels[trunk]
        return f"{name}_ScaleSum" if last else activated(f"{name}_ScaleSum", f"{name}_Activation")

    x = conv("Conv2d_1a_3x3", "input_1", width, 3, 2, "valid")
    x = conv("Conv2d_2a_3x3", x, width, 3, 1, "valid")
    x = pool("MaxPool_3a_3x3", conv("Conv2d_2b_3x3", x, 2 * width, 3))
    x = conv("Conv2d_4a_3x3", conv("Conv2d_3b_1x1", x, 2 * width, 1, 1, "valid"), 3 * width, 3, 1, "valid")
    x = conv("Conv2d_4b_3x3", x, 4 * width, 3, 2, "valid")
    one = conv("Block35_1_Branch_0", x, width, 1)
    two = conv("Block35_1_Branch_1_b", conv("Block35_1_Branch_1_a", x, width, 1), width, 3)
    three = conv("Block35_1_Branch_2_b", conv("Block35_1_Branch_2_a", x, width, 1), width, 3)
    x = block("Block35_1", x, [one, two, conv("Block35_1_Branch_2_c", three, width, 3)], 0.17)
    three = conv("Mixed_6a_Branch_1_b", conv("Mixed_6a_Branch_1_a", x, width, 1), width, 3)
    three = conv("Mixed_6a_Branch_1_c", three, width, 3, 2, "valid")
    four = conv("Mixed_6a_Branch_0", x, 2 * width, 3, 2, "valid")
    x = joined("Mixed_6a", [four, three, pool("Mixed_6a_Branch_2", x)])
    two = conv("Block17_1_Branch_1_b", conv("Block17_1_Branch_1_a", x, width, 1), width, (1, 7))
    two = conv("Block17_1_Branch_1_c", two, width, (7, 1))
    x = block("Block17_1", x, [conv("Block17_1_Branch_0", x, width, 1), two], 0.1)
    two = conv("Mixed_7a_Branch_0_b", conv("Mixed_7a_Branch_0_a", x, width, 1), 2 * width, 3, 2, "valid")
    x = joined("Mixed_7a", [two, pool("Mixed_7a_Branch_3", x)])
    for number, scale in ((1, 0.2), (6, 1.0)):
        name = f"Block8_{number}"
        two = conv(f"{name}_Branch_1_b", conv(f"{name}_Branch_1_a", x, width, 1), width, (1, 3))
        two = conv(f"{name}_Branch_1_c", two, width, (3, 1))
        x = block(name, x, [conv(f"{name}_Branch_0", x, width, 1), two], scale, last=number == 6)
    add("GlobalAveragePooling2D", "AvgPool", x, channels[x])
    add("Dropout", "Dropout", "AvgPool", channels[x], rate=0.2)
    weights["Bottleneck"] = {"kernel": random.normal(size=(channels[x], dimension)).astype("f4") * 0.1}
    add("Dense", "Bottleneck", "Dropout", dimension, units=dimension, activation="linear", use_bias=False)
    norm("Bottleneck_BatchNorm", "Bottleneck")
    return layers, weights


def computed(data: bytes, image: np.ndarray) -> np.ndarray:
    """What the last layer of a Keras file gives for (B, H, W, 3), by the JSON and the tensors in it."""
    values: dict[str, torch.Tensor] = {}
    with h5py.File(io.BytesIO(data), "r") as file:
        layers = json.loads(file.attrs["model_config"])["config"]["layers"]
        for layer in layers:
            config, group = layer["config"], file["model_weights"].get(layer["config"]["name"])
            held = {}
            for raw in [] if group is None else group.attrs.get("weight_names", ()):
                name = raw.decode() if isinstance(raw, bytes) else raw
                held[name.split("/")[-1].split(":")[0]] = torch.from_numpy(group[name][()]).double()
            sources = [values[source[0]] for source in layer["inbound_nodes"][0]] if layer["inbound_nodes"] else []
            if layer["class_name"] == "InputLayer":
                sources = [torch.from_numpy(image).double().permute(0, 3, 1, 2)]
            values[config["name"]] = _COMPUTED[layer["class_name"]](config, held, sources)
    return values[layers[-1]["config"]["name"]].numpy()


def _framed(config, x, size, fill):
    """The picture in a frame as TensorFlow's "same" wants it: half of what is missing, the odd row below."""
    if config["padding"] == "valid":
        return x
    missing = [
        max((-(-extent // stride) - 1) * stride + one - extent, 0)
        for extent, stride, one in zip(x.shape[2:], config["strides"], size, strict=True)
    ]
    (rows, columns) = missing
    return F.pad(x, (columns // 2, columns - columns // 2, rows // 2, rows - rows // 2), value=fill)


def _convolved(config, held, sources):
    assert config["activation"] == "linear"
    kernel = held["kernel"].permute(3, 2, 0, 1)
    return F.conv2d(_framed(config, sources[0], kernel.shape[2:], 0.0), kernel, held.get("bias"), config["strides"])


def _pooled(config, held, sources):
    framed = _framed(config, sources[0], config["pool_size"], -torch.inf)
    return F.max_pool2d(framed, config["pool_size"], config["strides"])


def _normed(config, held, sources):
    shape = (1, -1) + (1,) * (sources[0].ndim - 2)
    part = {name: value.reshape(shape) for name, value in held.items()}
    unit = (sources[0] - part["moving_mean"]) / (part["moving_variance"] + config["epsilon"]).sqrt()
    return unit * part.get("gamma", 1.0) + part.get("beta", 0.0)


def _activated(config, held, sources):
    return {"relu": torch.relu, "linear": lambda x: x}[config["activation"]](sources[0])


_COMPUTED = {
    "InputLayer": lambda config, held, sources: sources[0],
    "Conv2D": _convolved,
    "BatchNormalization": _normed,
    "Activation": _activated,
    "MaxPooling2D": _pooled,
    "Concatenate": lambda config, held, sources: torch.cat(sources, 1),
    # The sum of a trunk and its branch; the scale stands beside the bytecode, which is not read.
    "Lambda": lambda config, held, sources: sources[0] + config["arguments"]["scale"] * sources[1],
    "GlobalAveragePooling2D": lambda config, held, sources: sources[0].mean((2, 3)),
    "Dropout": lambda config, held, sources: sources[0],
    "Dense": lambda config, held, sources: _activated(
        config, held, [sources[0] @ held["kernel"] + held.get("bias", 0)]
    ),
}
