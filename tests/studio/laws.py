"""What holds for every feature, slice, request and report of a table; a feature that forgets one breaks a law.

Each law takes a table of features and raises `AssertionError` with what is missing. `test_laws.py` holds the program's
own table to them, and shows on crippled ones that each can be broken.
"""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel

import explorer.studio
from explorer.studio.app.features import codecs, new_session
from explorer.studio.app.workbench import Workbench
from explorer.studio.engine.device import Device
from explorer.studio.engine.fake import FakeEngine
from explorer.studio.engine.reports import Report
from explorer.studio.engine.requests import Request
from explorer.studio.session.feature import Feature, load
from explorer.studio.session.forgetting import values_without, with_implied
from explorer.studio.session.history import History
from explorer.studio.session.saving import document
from explorer.studio.session.saving.archive import read_session, write_session
from explorer.studio.session.saving.codec import load_codecs
from explorer.studio.session.slices import Forgotten, Slice
from explorer.studio.session.snapshot import capture
from explorer.studio.session.snapshot import load as load_snapshot
from explorer.studio.session.state import Session
from tests.studio.slice_kit import FORGOTTEN, KEY, RUN_KEY, SHA, VECTOR_KEY

TRACES = (KEY, SHA, VECTOR_KEY, RUN_KEY)
PHOTOGRAPH_FORGOTTEN = Forgotten(photographs=frozenset({SHA}))
# A newer program's part and a drawn preview may show anybody: they go with whoever is forgotten.
CANNOT_TELL = ("unknown", "composing")
# A run that has ended is told by the list of runs.
TOLD_BY_OTHERS = ("run",)
# Fits of faces go with the faces.
LEFT_TO_CONTROLLERS = ("viewing",)
Features = tuple[Feature, ...]
Samples = Mapping[Slice[Any], Any]


def samples_of(features: Features) -> Samples:
    """A value of every slice: the features' own tests know them."""
    found: dict[Slice[Any], Any] = {}
    for feature in features:
        found |= importlib.import_module(f"tests.studio.{feature.name}.slice_samples").samples()
    return found


def filled(features: Features, samples: Samples) -> Session:
    """A session that holds every sample."""
    session = new_session(features)
    for slice_ in session.slices:
        session[slice_] = samples[slice_]
    return session


def names_are_unique(features: Features) -> None:
    """No two features, and no two slices, have one name."""
    names = [feature.name for feature in features], [slice_.name for slice_ in new_session(features).slices]
    for each in names:
        twice = [name for name, count in Counter(each).items() if count > 1]
        assert not twice, f"two have the name {twice}"


def every_slice_has_a_sample(features: Features, samples: Samples) -> None:
    """The laws look at a value that is not the default, or they would look at nothing."""
    for slice_ in new_session(features).slices:
        assert slice_ in samples, f"tests/studio/<feature>/slice_samples.py has no value of {slice_.name}"
        assert samples[slice_] != slice_.default(), f"the sample of {slice_.name} is its default"


def every_slice_is_saved_or_says_why_not(features: Features) -> None:
    """One codec keeps each slice; what no codec keeps has a reason, and only that."""
    kept = Counter(slice_ for codec in load_codecs(codecs(features)) for slice_ in codec.slices) + Counter(document.OWN)
    for slice_ in new_session(features).slices:
        assert kept[slice_] <= 1, f"{slice_.name} has {kept[slice_]} codecs"
        assert bool(kept[slice_]) != bool(slice_.unsaved), (
            f"{slice_.name} needs a codec in its feature, or `unsaved` with a reason, and not both"
        )


def every_slice_comes_back(features: Features, samples: Samples, folder: Path) -> None:
    """What is saved is there again in a session that is opened: its mark is the same, and what is written of it."""
    before = filled(features, samples)
    path = write_session(folder / "work.likeness", capture(before))
    after = new_session(features)
    load_snapshot(after, read_session(path, codecs(features)))
    for slice_ in after.slices:
        if not slice_.unsaved:
            old, new = (slice_.mark(each[slice_]) for each in (before, after)) if slice_.mark else (None, None)
            comparable = slice_.mark is not None and not dataclasses.is_dataclass(old)
            assert not comparable or old == new, f"{slice_.name} comes back as something else"
            assert after[slice_] != slice_.default(), f"{slice_.name} does not come back"
    again = write_session(folder / "again.likeness", capture(after))
    assert _manifest(path) == _manifest(again)


def every_change_of_the_work_can_be_taken_back(features: Features, samples: Samples) -> None:
    """What makes the session modified can be undone, says how much room it takes, and is back after undo."""
    session = new_session(features)
    history = History(session)
    for slice_ in session.slices:
        if slice_.mark is not None:
            assert not slice_.unsaved, f"a change of {slice_.name} modifies the session, which does not save it"
            assert slice_.undo, f"a change of {slice_.name} modifies the session and cannot be taken back"
            told = slice_.mark(samples[slice_]) != slice_.mark(slice_.default())
            excused = slice_.name in TOLD_BY_OTHERS
            assert told or excused, f"the mark of {slice_.name} does not tell its sample from its default"
        if not slice_.undo:
            continue
        before, sample = session[slice_], samples[slice_]
        for key, size in slice_.size(sample):
            assert size >= 0, f"{slice_.name} says that {key} holds {size} bytes"
        with history.suspended():
            session[slice_] = before
        history.record("a change", (slice_,))
        with history.suspended():
            session[slice_] = sample
        values = history.swap(back=True)
        assert values is not None, f"{slice_.name} cannot be taken back: its sample is under way"
        assert values[slice_] is before, f"{slice_.name} is not what it was"
        with history.suspended():
            session[slice_] = before
        history.clear()


def every_change_of_the_work_is_autosaved(features: Features, samples: Samples) -> None:
    """A change of anything that is saved is noticed by the autosave; of the work, it makes the session modified."""
    for slice_ in new_session(features).slices:
        if slice_.unsaved:
            continue
        app = application(features)
        app.files._changed = False
        with app.history.suspended():
            app.session[slice_] = samples[slice_]
        assert app.files._changed, f"the autosave does not notice a change of {slice_.name}"


def forgetting_leaves_no_trace(features: Features, samples: Samples) -> None:
    """No key of a forgotten face, vector, photograph or run is left in any value."""
    # Faces by their keys with the photograph that goes with the last of them; and all faces of a photograph.
    alone = dataclasses.replace(FORGOTTEN, everybody=False)
    for asked, traces in ((FORGOTTEN, TRACES), (alone, TRACES), (PHOTOGRAPH_FORGOTTEN, (KEY, SHA, RUN_KEY))):
        forgotten = with_implied(asked, (samples,))
        for slice_, value in values_without(samples, forgotten).items():
            left = {text for text in texts(value) for trace in traces if trace in text}
            assert not left, f"{slice_.name} holds {sorted(left)[0]} after that was forgotten: see its `without`"


def forgetting_spares_the_others(features: Features, samples: Samples) -> None:
    """Forgetting somebody else leaves every value as it is, but where nobody can tell whose it is."""
    stranger = Forgotten(frozenset({f"{'ef' * 32}/0"}), frozenset({"ef" * 32}))
    for slice_ in new_session(features).slices:
        if slice_.name not in CANNOT_TELL:
            left = slice_.without(samples[slice_], stranger)
            assert left == samples[slice_], f"{slice_.name} loses what was not to be forgotten: see its `without`"


def a_new_session_holds_nothing_of_the_last(features: Features, samples: Samples) -> None:
    """What is saved with a session goes with it when another begins."""
    for slice_ in new_session(features).slices:
        if not slice_.unsaved and slice_.name not in LEFT_TO_CONTROLLERS:
            left = {text for text in texts(slice_.between(samples[slice_])) for trace in TRACES if trace in text}
            assert not left, f"{slice_.name} holds {sorted(left)[0]} in a new session: see its `cleared`"


def forgetting_says_why_nothing_is_done(features: Features) -> None:
    """A `without` that changes nothing has a reason."""
    for slice_ in new_session(features).slices:
        if slice_.without.__name__ == "unchanged":
            assert slice_.without.__doc__, f"{slice_.name} does not say why it holds nothing of a face"


def every_request_has_a_handler(features: Features) -> None:
    """Each kind of request that the program defines is handled, by one feature."""
    handled = Counter(kind for feature in features for kind in handlers_of(feature))
    for kind in defined(Request):
        assert handled[kind] == 1, f"{kind.__name__} has {handled[kind]} handlers"


def every_report_has_one_receiver(features: Features) -> None:
    """Each kind of report that a feature's handlers yield has one controller that takes it."""
    taken = Counter(kind for controller in application(features)._controllers.values() for kind in controller.reports())
    for kind in defined(Report):
        if kind.__module__ != "explorer.studio.engine.reports":
            assert taken[kind] == 1, f"{kind.__name__} has {taken[kind]} receivers"


def every_export_can_be_made_again_or_says_why_not(features: Features, recorded: Mapping[str, str]) -> None:
    """Each kind of file that is written has a reproducer that can be loaded, or a reason.

    Args:
        recorded: kinds that modules write into records, and where.
    """
    kinds = {kind.name: kind for feature in features for kind in feature.exports}
    for name, where in recorded.items():
        assert name in kinds, f"{where} writes the kind {name!r}, which no feature lists in `exports`"
    for kind in kinds.values():
        assert bool(kind.reproducer) != bool(kind.reason), f"{kind.name} needs a reproducer or a reason"
        if kind.reproducer:
            assert callable(load(kind.reproducer))


def application(features: Features) -> Workbench:
    """The program of a table, on an engine that does nothing."""
    return Workbench(FakeEngine({}), new_session(features), {"identity": 1.0}, features)


def handlers_of(feature: Feature) -> Mapping[type[Request], object]:
    if not feature.handlers:
        return {}
    found: Mapping[type[Request], object] = load(feature.handlers)(Device(lambda loading: None))  # type: ignore[arg-type,return-value]
    return found


def defined(base: type) -> set[type]:
    """Every concrete kind that a module of the studio defines."""
    for module in pkgutil.walk_packages(explorer.studio.__path__, "explorer.studio."):
        if module.name.endswith((".requests", ".reports")):
            importlib.import_module(module.name)
    found, waiting = set(), [base]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if kind is not base and kind.__module__.startswith("explorer.studio") and not kind.__name__.startswith("_"):
            found.add(kind)
    return found


def texts(value: object, seen: set[int] | None = None) -> Iterator[str]:
    """Every text in a value, however deep it lies."""
    seen = set() if seen is None else seen
    if isinstance(value, str | Path):
        yield str(value)
    elif id(value) in seen:
        return
    elif isinstance(value, Mapping):
        seen.add(id(value))
        for key, part in value.items():
            yield from texts(key, seen)
            yield from texts(part, seen)
    elif isinstance(value, bytes):
        yield value.decode("latin-1")
    elif isinstance(value, np.ndarray):
        if value.dtype.kind in "OSU":
            yield from texts(value.ravel().tolist(), seen)
    elif isinstance(value, tuple | list | set | frozenset):
        seen.add(id(value))
        for part in value:
            yield from texts(part, seen)
    elif isinstance(value, BaseModel):
        yield from texts(value.model_dump(), seen)
    elif dataclasses.is_dataclass(value):
        seen.add(id(value))
        for field in dataclasses.fields(value):
            yield from texts(getattr(value, field.name), seen)
    elif hasattr(value, "__dict__") and type(value).__module__.startswith(("explorer.", "tests.")):
        seen.add(id(value))
        yield from texts(vars(value), seen)


def _manifest(path: Path) -> object:
    import json
    import zipfile

    with zipfile.ZipFile(path) as archive:
        return json.loads(archive.read("session.json"))["kinds"]
