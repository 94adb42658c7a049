"""What makes the networks of the optional encoders of their files, each behind the convention of its makers."""

from __future__ import annotations

import io

from torch import nn

from explorer.science.networks.errors import NetworkFileError
from explorer.science.networks.keras_file import read_keras
from explorer.science.networks.keras_graph import KerasGraph
from explorer.science.networks.tfjs_graph import TfjsGraph, read_joined
from explorer.science.networks.tflite_graph import TfliteGraph, read_tflite
from explorer.science.recognition.imported.conventions import InputConvention, arcface, caffe, facenet
from explorer.science.recognition.imported.network import ScaledInput, Vectors

# Of the graph that also says age and gender.
_HSE_EMBEDDING = "global_pooling/Mean"


def facenet_irv1(data: bytes) -> nn.Module:
    """FaceNet's Inception-ResNet-v1 of a whole Keras `.h5`: (B, 3, 160, 160) RGB in [0, 1] to (B, 128).

    Raises:
        NetworkFileError: the file is no Keras model with its layers.
    """
    layers, weights = read_keras(io.BytesIO(data))
    if layers is None:
        raise NetworkFileError("the Keras file holds weights alone: the model's layers are needed")
    return _behind(facenet(), KerasGraph(layers, weights))


def hse_mobilenet(data: bytes) -> nn.Module:
    """HSE's MobileNet-v1 of a TensorFlow.js graph, its JSON and its weights in one: (B, 3, 224, 224) to (B, 1024).

    Raises:
        NetworkFileError: the file is none.
    """
    model, weights = read_joined(data)
    return _behind(caffe(), TfjsGraph(model, weights, _HSE_EMBEDDING))


def mobilefacenet_192(data: bytes) -> nn.Module:
    """MobileFaceNet of a TensorFlow Lite file: (B, 3, 112, 112) to (B, 192).

    Raises:
        NetworkFileError: the file is none.
    """
    return _behind(arcface(), TfliteGraph(read_tflite(data)))


def _behind(convention: InputConvention, graph: nn.Module) -> nn.Module:
    return ScaledInput(Vectors(graph, channels_last=True), convention)
