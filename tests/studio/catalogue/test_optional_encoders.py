"""Optional encoders: not fetched they change nothing, fetched they are like the others, and a judge only judges."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from explorer import api
from explorer.science.recognition.registry import ENCODERS, default_encoders
from explorer.studio import catalogue, places
from explorer.studio.catalogue import MissingNetwork, encoders
from explorer.studio.catalogue.encoders import missing_encoders, missing_words, switch_on_fetched
from explorer.studio.catalogue.networks import attacked_encoder, known_encoder
from explorer.studio.commands import _train_corpus
from explorer.studio.errors import UserError
from explorer.studio.inversion.running import run_inversion
from explorer.ui.base import registries
from tests import canned_program as canned
from tests.studio.encoder_kit import cache_without

SHIPPED = ("arcface-mbf", "sface", "edgeface-s", "dlib-resnet")
OPTIONAL = ("facenet-irv1", "hse-mobilenet", "mobilefacenet-192")


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> Iterator[set[str]]:
    """The catalogue ids whose files are said to be here; to be filled by the test."""
    fetched: set[str] = set()
    monkeypatch.setattr(encoders, "_is_fetched", lambda entry: entry.id in fetched)
    yield fetched
    fetched.clear()
    switch_on_fetched()
    assert ENCODERS.names() == SHIPPED


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache_without(tmp_path, OPTIONAL, monkeypatch)


def test_what_is_not_fetched_is_neither_offered_nor_missed(here: set[str], empty_cache: None) -> None:
    switch_on_fetched()
    assert ENCODERS.names() == default_encoders() == SHIPPED
    assert missing_encoders() == ()
    assert missing_words(missing_encoders()) == ""
    assert [spec.id for spec in registries.encoders()] == list(SHIPPED)
    assert [spec.id for spec in api.list_encoders()] == list(SHIPPED)
    # A session, a run or an export that names one is still understood.
    assert set(OPTIONAL) <= {spec.id for spec in registries.every_encoder()}


@pytest.mark.parametrize("encoder", OPTIONAL)
def test_what_is_asked_for_and_not_fetched_is_one_line_with_the_way_to_get_it(
    encoder: str, here: set[str], empty_cache: None
) -> None:
    with pytest.raises(MissingNetwork) as refused:
        known_encoder(encoder)
    assert f"likeness models fetch {encoder}" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_what_is_fetched_is_offered_and_what_goes_is_not(here: set[str]) -> None:
    here.update({"facenet-irv1", "mobilefacenet-192"})
    assert [spec.id for spec in registries.encoders()] == [*SHIPPED, "facenet-irv1", "mobilefacenet-192"]
    assert known_encoder("facenet-irv1").dimension == 128
    assert default_encoders() == SHIPPED, "nothing is trained under it unless it is named"
    here.remove("facenet-irv1")
    assert [spec.id for spec in api.list_encoders()] == [*SHIPPED, "mobilefacenet-192"]


def test_what_the_user_switches_off_is_not_switched_on_again(here: set[str], empty_cache: None) -> None:
    here.add("hse-mobilenet")
    switch_on_fetched()
    ENCODERS.disable("hse-mobilenet")
    switch_on_fetched()
    assert "hse-mobilenet" not in ENCODERS.names()


def test_a_corpus_is_made_under_the_encoders_that_everybody_has(here: set[str]) -> None:
    here.update(OPTIONAL)
    switch_on_fetched()
    begun = SimpleNamespace(folder=Path("corpus"), encoders=lambda name: (), names=lambda kind: (), recipe=None)
    assert _train_corpus._encoders(begun, ()) == SHIPPED  # type: ignore[arg-type] - what it asks is there
    assert _train_corpus._encoders(begun, ["facenet-irv1"]) == ("facenet-irv1",)  # type: ignore[arg-type]


def test_a_judge_is_not_attacked_however_it_is_asked_for(here: set[str]) -> None:
    here.update(OPTIONAL)
    switch_on_fetched()
    assert attacked_encoder("facenet-irv1").id == "facenet-irv1"
    assert known_encoder("mobilefacenet-192").judges_only
    with pytest.raises(UserError, match="only judges") as refused:
        attacked_encoder("mobilefacenet-192")
    assert "mobilefacenet-192" not in str(refused.value).rpartition("attack one of")[2]
    settings = canned.short_settings().model_copy(update={"encoder": "mobilefacenet-192"})
    with pytest.raises(UserError, match="only judges"):
        next(run_inversion(None, None, settings))  # type: ignore[arg-type] - it does not come so far
    with pytest.raises(UserError, match="only judges"):
        api.invert([1.0] * 192, "mobilefacenet-192")


def test_each_optional_encoder_has_its_network_in_the_catalogue() -> None:
    known = catalogue.catalogue()
    assert tuple(known.group("encoders")) == OPTIONAL
    for encoder in OPTIONAL:
        assert known.entry(ENCODERS[encoder].spec.network).commercial is ENCODERS[encoder].spec.commercial
        statistics = places.models() / f"gallery-{encoder}.safetensors"
        assert statistics.exists() == statistics.with_suffix(".md").exists()
