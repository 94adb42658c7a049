"""Keras files against a forward pass in numpy and the published computation, and the refusal of other files."""

import h5py
import numpy as np
import pytest
import torch

from explorer.science.networks.errors import NetworkFileError
from explorer.science.recognition.imported import import_network
from tests.science.recognition.imported import published
from tests.science.recognition.imported.keras_files import node, scaled_sum, write
from tests.science.recognition.imported.published import Drawn

_LAST = {"weight": "kernel", "bias": "bias", "running_mean": "moving_mean", "running_var": "moving_variance"}


def keras_weights(state):
    """A torch state as Keras's layers."""
    found: dict[str, dict[str, np.ndarray]] = {}
    for name, value in state.items():
        layer, part = name.rsplit(".", 1)
        if layer.endswith("/bn"):
            part = {"weight": "gamma", "bias": "beta"}.get(part, part)
        values = value.numpy()
        values = values.transpose(2, 3, 1, 0) if values.ndim == 4 else values.T
        found.setdefault(layer, {})[_LAST.get(part, part)] = values
    return found


@pytest.mark.slow
@pytest.mark.parametrize(
    ("function", "title", "epsilon", "layer", "dimension"),
    [
        (published.keras_residual, "ResNet-50 (keras-vggface)", 1e-3, "avg_pool", 2048),
        (published.keras_residual, "SENet-50 (keras-vggface)", 1e-4, "avg_pool", 2048),
        (published.keras_vgg16, "VGG-16 (keras-vggface)", 1e-3, "fc7/relu", 4096),
    ],
)
def test_keras_vggface_computes_what_was_published(tmp_path, function, title, epsilon, layer, dimension):
    drawn = Drawn(epsilon=epsilon)
    image = torch.rand(1, 3, 224, 224, generator=torch.Generator().manual_seed(5)) * 2 - 1
    with torch.no_grad():
        expected = function(drawn, image, se=True) if title.startswith("SENet") else function(drawn, image)
    write(tmp_path / "network.h5", keras_weights(drawn.state))
    network = import_network(tmp_path / "network.h5")
    assert (network.architecture, network.layer, network.dimension) == (title, layer, dimension)
    assert network.conventions[0].colour == "BGR"
    scale = float(expected.abs().max())
    torch.testing.assert_close(network.body(image) / scale, expected / scale, atol=1e-4, rtol=0)
    if "VGG" in title:
        assert import_network(tmp_path / "network.h5", layer="fc6/relu").dimension == 4096


def convolve(x, kernel, stride, same):
    """A convolution in numpy, window by window: x (B, H, W, C)."""
    size = kernel.shape[0]
    if same:
        total = max((-(-x.shape[1] // stride) - 1) * stride + size - x.shape[1], 0)
        x = np.pad(x, ((0, 0), (total // 2, total - total // 2), (total // 2, total - total // 2), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(x, (size, size), (1, 2))[:, ::stride, ::stride]
    return np.einsum("bhwcij,ijco->bhwo", windows, kernel)


@pytest.fixture
def inception():
    """A small network of FaceNet's kinds of layers, its weights, and its forward pass in numpy."""
    random = np.random.default_rng(0)
    draw = lambda *shape: random.normal(size=shape).astype(np.float32) * 0.3  # noqa: E731
    weights = {
        "c1": {"kernel": draw(3, 3, 3, 8)},
        "n1": {"beta": draw(8), "moving_mean": draw(8), "moving_variance": np.abs(draw(8)) + 0.5},
        "b0": {"kernel": draw(1, 1, 8, 4), "bias": draw(4)},
        "b1": {"kernel": draw(3, 3, 8, 4), "bias": draw(4)},
        "up": {"kernel": draw(1, 1, 8, 8), "bias": draw(8)},
        "fc": {"kernel": draw(8, 16)},
    }
    conv = {"strides": [1, 1], "padding": "same", "use_bias": True, "activation": "linear"}
    layers = [
        node("InputLayer", "in", batch_input_shape=[None, 21, 21, 3]),
        node("Conv2D", "c1", "in", strides=[2, 2], padding="same", use_bias=False, activation="linear"),
        node("BatchNormalization", "n1", "c1", axis=3, epsilon=0.001, center=True, scale=False),
        node("Activation", "a1", "n1", activation="relu"),
        node("MaxPooling2D", "p1", "a1", pool_size=[3, 3], strides=[2, 2], padding="valid"),
        node("Conv2D", "b0", "p1", **conv),
        node("Conv2D", "b1", "p1", **conv),
        node("Concatenate", "cat", "b0", "b1", axis=3),
        node("Conv2D", "up", "cat", **conv),
        scaled_sum("sum", "p1", "up", 0.17),
        node("GlobalAveragePooling2D", "avg", "sum"),
        node("Dropout", "drop", "avg", rate=0.5),
        node("Dense", "fc", "drop", activation="linear", use_bias=False),
    ]

    def forward(x):
        norm = weights["n1"]
        x = convolve(x, weights["c1"]["kernel"], 2, same=True)
        x = (x - norm["moving_mean"]) / np.sqrt(norm["moving_variance"] + 0.001) + norm["beta"]
        windows = np.lib.stride_tricks.sliding_window_view(np.maximum(x, 0), (3, 3), (1, 2))[:, ::2, ::2]
        x = windows.max((-1, -2))
        parts = [convolve(x, weights[b]["kernel"], 1, same=True) + weights[b]["bias"] for b in ("b0", "b1")]
        branch = convolve(np.concatenate(parts, -1), weights["up"]["kernel"], 1, same=True) + weights["up"]["bias"]
        return (x + 0.17 * branch).mean((1, 2)) @ weights["fc"]["kernel"]

    return layers, weights, forward


def test_facenet_s_kinds_of_layers_equal_numpy(tmp_path, inception):
    layers, weights, forward = inception
    write(tmp_path / "network.h5", weights, layers)
    network = import_network(tmp_path / "network.h5")
    x = np.random.default_rng(1).normal(size=(2, 21, 21, 3)).astype(np.float32)
    ours = network.body(torch.from_numpy(x).permute(0, 3, 1, 2)).numpy()
    np.testing.assert_allclose(ours, forward(x), atol=1e-5)
    assert network.architecture == "Inception-ResNet-v1 (Keras)"
    assert network.conventions[0].per_image


def test_bytecode_of_any_other_lambda_is_refused_unread(tmp_path, inception):
    layers, weights, _ = inception
    layers[9] = node("Lambda", "sum", "p1", "up", function=["4wEAAAA", None, None], arguments={})
    write(tmp_path / "network.h5", weights, layers)
    with pytest.raises(NetworkFileError, match="bytecode, which is never run"):
        import_network(tmp_path / "network.h5")


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        (node("LSTM", "a1", "n1"), "'a1' is a LSTM"),
        (node("Activation", "a1", "n1", activation="exotic"), "activation 'exotic'"),
        (node("Activation", "a1", "nobody", activation="relu"), "a value 'nobody' that nothing"),
        ({"class_name": "Activation"}, "JSON is damaged"),
    ],
)
def test_unknown_layers_are_refused_by_name(tmp_path, inception, layer, words):
    layers, weights, _ = inception
    layers[3] = layer
    write(tmp_path / "network.h5", weights, layers)
    with pytest.raises(NetworkFileError, match=words):
        import_network(tmp_path / "network.h5")


def test_a_tensor_that_is_missing_is_named(tmp_path, inception):
    layers, weights, _ = inception
    del weights["up"]["bias"]
    write(tmp_path / "network.h5", weights, layers)
    with pytest.raises(NetworkFileError, match=r"layer 'up' \(Conv2D\) lacks 'bias'"):
        import_network(tmp_path / "network.h5")


def test_weights_alone_of_an_unknown_network_are_refused(tmp_path, inception):
    write(tmp_path / "network.h5", inception[1])
    with pytest.raises(NetworkFileError, match="weights alone"):
        import_network(tmp_path / "network.h5")


def test_links_out_of_the_file_are_refused(tmp_path, inception):
    layers, weights, _ = inception
    write(tmp_path / "network.h5", weights, layers)
    with h5py.File(tmp_path / "network.h5", "a") as file:
        del file["model_weights/up"]
        file["model_weights/up"] = h5py.ExternalLink("/etc/passwd", "/")
    with pytest.raises(NetworkFileError, match="not followed"):
        import_network(tmp_path / "network.h5")


def test_a_shape_that_the_file_does_not_hold_is_refused(tmp_path, inception):
    layers, weights, _ = inception
    write(tmp_path / "network.h5", weights, layers)
    with h5py.File(tmp_path / "network.h5", "a") as file:
        del file["model_weights/up/up/bias:0"]
        file.create_dataset("model_weights/up/up/bias:0", (1 << 20,), np.float32, chunks=(1 << 10,))
    with pytest.raises(NetworkFileError, match="which the file does not have"):
        import_network(tmp_path / "network.h5")


def test_other_hdf5_files_are_named(tmp_path):
    with h5py.File(tmp_path / "data.h5", "w") as file:
        file["numbers"] = np.zeros(3)
    with pytest.raises(NetworkFileError, match="no Keras model"):
        import_network(tmp_path / "data.h5")


def test_a_truncated_file_is_refused(tmp_path, inception):
    write(tmp_path / "network.h5", inception[1], inception[0])
    whole = (tmp_path / "network.h5").read_bytes()
    for share in (0.3, 0.7):
        (tmp_path / "network.h5").write_bytes(whole[: int(share * len(whole))])
        with pytest.raises(NetworkFileError):
            import_network(tmp_path / "network.h5")


def test_classifiers_in_a_circle_have_an_end(tmp_path, inception):
    layers = [node("Softmax", "a", "b"), node("Softmax", "b", "a")]
    write(tmp_path / "network.h5", inception[1], layers)
    with pytest.raises(NetworkFileError, match=r"network\.h5"):
        import_network(tmp_path / "network.h5")


def test_norms_of_other_channels_make_no_table_of_both(tmp_path, inception):
    layers, weights, _ = inception
    weights["n1"]["beta"] = np.zeros((40_000, 1), np.float32)
    write(tmp_path / "network.h5", weights, layers)
    with pytest.raises(NetworkFileError, match="numbers for different channels"):
        import_network(tmp_path / "network.h5")


def test_giant_pictures_are_not_drawn(tmp_path, inception):
    layers, weights, _ = inception
    layers[0] = node("InputLayer", "in", batch_input_shape=[None, 40_000, 40_000, 3])
    write(tmp_path / "network.h5", weights, layers)
    with pytest.raises(NetworkFileError, match="pictures of 40000 x 40000; 16 to 1024 pixels"):
        import_network(tmp_path / "network.h5")
