"""Every ONNX operator against the cases that ONNX itself publishes for it."""

import re
import warnings
from collections import Counter
from functools import cache

import numpy as np
import pytest
import torch
from onnx import TensorProto, numpy_helper

from explorer.science.networks.onnx_graph import OnnxGraph
from explorer.science.networks.onnx_operators import OPERATORS

pytestmark = pytest.mark.slow

# What no face encoder holds: numbers that torch does not compute with, words, sequences, the state of training.
KINDS = re.compile(
    r"(uint16|uint32|uint64|_string|bfloat16|BFLOAT16|FLOAT8|FLOAT4|FLOAT16|INT4|INT2|castlike|sequence|_opt$|training)"
)
# Variants that no network of the families uses: each is refused, when the file is read or when it is run.
REFUSED = re.compile(
    r"test_(resize_.*(cubic|antialias|tf_crop_and_resize|axes_|not_larger|not_smaller|half_pixel_symmetric)"
    r"|maxpool_with_argmax|reduce_(max|min)_empty_set|batchnorm.*training|.*_empty_set)"
)


@cache
def cases():
    from onnx.backend.test.case.node import collect_testcases

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the cases overflow and divide by zero on purpose
        found = collect_testcases(None)
    single = [case for case in found if len({node.op_type for node in case.model.graph.node}) == 1]
    return {c.name: c for c in single if c.model.graph.node[0].op_type in OPERATORS and not KINDS.search(c.name)}


def array(value):
    return numpy_helper.to_array(value) if isinstance(value, TensorProto) else np.array(value)


def run(case, inputs):
    graph = OnnxGraph(case.model.SerializeToString())
    return [y.numpy() for y in graph(*(torch.from_numpy(np.array(array(x))) for x in inputs))]


def test_every_operator_has_a_case_of_its_own():
    held = Counter(case.model.graph.node[0].op_type for name, case in cases().items() if not REFUSED.match(name))
    # ONNX publishes none for these three in the form that the exports of encoders use; onnxruntime holds them instead.
    assert OPERATORS.keys() - held.keys() <= {"GroupNormalization", "Upsample", "Cast"}


def test_every_operator_equals_onnx_own_cases():
    wrong = []
    for name, case in cases().items():
        if REFUSED.match(name):
            continue
        for inputs, outputs in case.data_sets:
            try:
                for ours, theirs in zip(run(case, inputs), map(array, outputs), strict=False):
                    np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-6)
                    assert ours.dtype == theirs.dtype
            except Exception as error:
                wrong.append(f"{name}: {error}")
    assert not wrong, "\n".join(wrong)


def test_variants_that_are_not_supported_raise_and_compute_nothing_else():
    computed = []
    for name, case in cases().items():
        if REFUSED.match(name):
            for inputs, outputs in case.data_sets:
                try:
                    results = run(case, inputs)
                except Exception:
                    continue
                if not all(np.allclose(a, b, rtol=1e-3, atol=1e-6) for a, b in zip(results, outputs, strict=False)):
                    computed.append(name)
    assert not computed
