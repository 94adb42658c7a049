"""The program's own table of features keeps every law; and each law can be broken."""

from __future__ import annotations

import ast
import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import explorer
from explorer.studio.app.features import FEATURES
from explorer.studio.faces.state import EDITS, EMBEDDINGS, FACES
from explorer.studio.inversion.state import COMPARED, WEIGHTS
from explorer.studio.reproducing.kinds import REPRODUCERS
from explorer.studio.session.feature import ExportKind, load
from explorer.studio.session.slices import Slice
from tests.studio import laws
from tests.studio.slice_kit import KEY


class Hidden:
    """An object that is no dataclass."""

    def __init__(self, key: str) -> None:
        self.key = key


@pytest.fixture(scope="module")
def samples() -> laws.Samples:
    return laws.samples_of(FEATURES)


def recorded_kinds() -> dict[str, str]:
    """Every kind that a module writes into a record by `bare_record(kind=...)`, and the module."""
    found = {}
    root = Path(explorer.__file__).parent
    for path in root.rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text())):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "bare_record":
                for argument in call.keywords:
                    if argument.arg == "kind" and isinstance(argument.value, ast.Constant):
                        found[argument.value.value] = path.relative_to(root).as_posix()
    return found


def test_names_are_unique() -> None:
    laws.names_are_unique(FEATURES)


def test_every_slice_has_a_sample(samples: laws.Samples) -> None:
    laws.every_slice_has_a_sample(FEATURES, samples)


def test_every_slice_is_saved_or_says_why_not() -> None:
    laws.every_slice_is_saved_or_says_why_not(FEATURES)


def test_every_slice_comes_back(samples: laws.Samples, tmp_path: Path) -> None:
    laws.every_slice_comes_back(FEATURES, samples, tmp_path)


def test_every_change_of_the_work_can_be_taken_back(samples: laws.Samples) -> None:
    laws.every_change_of_the_work_can_be_taken_back(FEATURES, samples)


def test_every_change_of_the_work_is_autosaved(samples: laws.Samples) -> None:
    laws.every_change_of_the_work_is_autosaved(FEATURES, samples)


def test_forgetting_leaves_no_trace(samples: laws.Samples) -> None:
    laws.forgetting_leaves_no_trace(FEATURES, samples)


def test_forgetting_spares_the_others(samples: laws.Samples) -> None:
    laws.forgetting_spares_the_others(FEATURES, samples)


def test_a_new_session_holds_nothing_of_the_last(samples: laws.Samples) -> None:
    laws.a_new_session_holds_nothing_of_the_last(FEATURES, samples)


def test_forgetting_says_why_nothing_is_done() -> None:
    laws.forgetting_says_why_nothing_is_done(FEATURES)


def test_every_request_has_a_handler() -> None:
    laws.every_request_has_a_handler(FEATURES)


def test_every_report_has_one_receiver() -> None:
    laws.every_report_has_one_receiver(FEATURES)


@pytest.mark.slow
def test_every_export_can_be_made_again_or_says_why_not() -> None:
    recorded = recorded_kinds()
    assert {"fit", "view", "readouts", "embedding"} <= set(recorded)
    laws.every_export_can_be_made_again_or_says_why_not(FEATURES, recorded)


def test_records_are_read_by_the_reproducers_that_the_table_names() -> None:
    named = {kind.name: load(kind.reproducer) for feature in FEATURES for kind in feature.exports if kind.reproducer}
    assert {name: kind() for name, kind in REPRODUCERS.items()} == {
        name: kind for name, kind in named.items() if name != "run"
    }


# Each law, broken: a table in which one thing was left out.


def without_feature(name: str) -> laws.Features:
    return tuple(feature for feature in FEATURES if feature.name != name)


def replaced(name: str, **changes: Any) -> laws.Features:
    return tuple(dataclasses.replace(feature, **changes) if feature.name == name else feature for feature in FEATURES)


def with_slice(slice_: Slice[Any], **changes: Any) -> tuple[laws.Features, Slice[Any]]:
    """The table with a slice that says something else of itself."""
    (feature,) = [feature for feature in FEATURES if slice_ in feature.slices]
    other = dataclasses.replace(slice_, **changes)
    slices = tuple(other if known is slice_ else known for known in feature.slices)
    return replaced(feature.name, slices=slices), other


def test_a_slice_without_a_codec_is_noticed() -> None:
    with pytest.raises(AssertionError, match="needs a codec"):
        laws.every_slice_is_saved_or_says_why_not(replaced("gallery", codecs=()))


def test_a_slice_with_a_codec_and_an_excuse_is_noticed() -> None:
    object.__setattr__(WEIGHTS, "unsaved", "too lazy")
    try:
        with pytest.raises(AssertionError, match="weights"):
            laws.every_slice_is_saved_or_says_why_not(FEATURES)
    finally:
        object.__setattr__(WEIGHTS, "unsaved", "")


def test_a_slice_that_forgets_nothing_is_noticed(samples: laws.Samples) -> None:
    for slice_ in (FACES, EDITS, EMBEDDINGS, COMPARED):
        features, other = with_slice(slice_, without=lambda value, forgotten: value)
        crippled = {other if known is slice_ else known: value for known, value in samples.items()}
        with pytest.raises(AssertionError, match=f"{slice_.name} holds"):
            laws.forgetting_leaves_no_trace(features, crippled)


def crippled(samples: laws.Samples, slice_: Slice[Any], **changes: Any) -> tuple[laws.Features, laws.Samples]:
    """The table with a slice that says something else of itself, and the samples for it."""
    features, other = with_slice(slice_, **changes)
    return features, {other if known is slice_ else known: value for known, value in samples.items()}


def test_a_slice_that_forgets_whole_photographs_alone_is_noticed(samples: laws.Samples) -> None:
    without = lambda value, forgotten: EDITS.without(value, forgotten) if forgotten.everybody else value  # noqa: E731
    with pytest.raises(AssertionError, match="edits holds"):
        laws.forgetting_leaves_no_trace(*crippled(samples, EDITS, without=without))


def test_a_slice_that_forgets_everybody_is_noticed(samples: laws.Samples) -> None:
    with pytest.raises(AssertionError, match="edits loses"):
        laws.forgetting_spares_the_others(*crippled(samples, EDITS, without=lambda value, forgotten: {}))


def test_a_slice_that_outlives_its_session_is_noticed(samples: laws.Samples) -> None:
    with pytest.raises(AssertionError, match=r"edits holds .* in a new session"):
        laws.a_new_session_holds_nothing_of_the_last(*crippled(samples, EDITS, cleared=lambda value: value))


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"mark": lambda value: 1}, "does not tell"), ({"unsaved": "too lazy"}, "does not save it")],
    ids=["constant mark", "unsaved work"],
)
def test_work_that_is_not_told_apart_or_not_saved_is_noticed(
    samples: laws.Samples, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(AssertionError, match=words):
        laws.every_change_of_the_work_can_be_taken_back(*crippled(samples, EDITS, **changes))


@pytest.mark.parametrize(
    "hide", [lambda key: key.encode(), lambda key: np.array([key]), Hidden], ids=["bytes", "array", "object"]
)
def test_a_key_is_found_wherever_it_lies(hide: Any) -> None:
    assert KEY in list(laws.texts({"a": (hide(KEY),)}))


def test_a_slice_of_the_work_that_cannot_be_taken_back_is_noticed(samples: laws.Samples) -> None:
    features, _ = with_slice(WEIGHTS, undo=False)
    with pytest.raises(AssertionError, match="weights modifies the session and cannot be taken back"):
        laws.every_change_of_the_work_can_be_taken_back(features, samples)


def test_a_slice_that_does_not_come_back_is_noticed(samples: laws.Samples, tmp_path: Path) -> None:
    features, other = with_slice(EDITS, merged=lambda now, saved: now)
    crippled = {other if known is EDITS else known: value for known, value in samples.items()}
    with pytest.raises(AssertionError, match="edits"):
        laws.every_slice_comes_back(features, crippled, tmp_path)


def test_a_missing_handler_is_noticed() -> None:
    with pytest.raises(AssertionError, match="0 handlers"):
        laws.every_request_has_a_handler(replaced("faces", handlers=""))


def test_a_report_without_a_receiver_is_noticed() -> None:
    with pytest.raises(AssertionError, match="has 0 receivers"):
        laws.every_report_has_one_receiver(replaced("variation", controllers=()))


def test_two_features_of_one_name_are_noticed() -> None:
    with pytest.raises(AssertionError, match="faces"):
        laws.names_are_unique((*FEATURES, dataclasses.replace(FEATURES[0], name="faces")))


def test_an_export_that_nobody_can_make_again_is_noticed() -> None:
    features = replaced("leakage", exports=(ExportKind("readouts"),))
    with pytest.raises(AssertionError, match="readouts needs a reproducer or a reason"):
        laws.every_export_can_be_made_again_or_says_why_not(features, {})


def test_an_export_kind_that_no_feature_lists_is_noticed() -> None:
    with pytest.raises(AssertionError, match="'tapestry'"):
        laws.every_export_can_be_made_again_or_says_why_not(FEATURES, {"tapestry": "studio/loom.py"})


def test_a_feature_without_samples_is_noticed(samples: laws.Samples) -> None:
    left = {slice_: value for slice_, value in samples.items() if slice_ is not FACES}
    with pytest.raises(AssertionError, match="no value of faces"):
        laws.every_slice_has_a_sample(FEATURES, left)
