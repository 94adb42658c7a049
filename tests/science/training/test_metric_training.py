"""A bijective metric learns what it is shown, goes on from its checkpoint, and is kept in a file."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from explorer.science.flows.record import MetricFileError, MetricRecord, decode_metric, encode_metric
from explorer.science.flows.settings import MetricSettings
from explorer.science.training.loop import TrainingError
from explorer.science.training.metric import LabelledPictures, MetricProgress, spread_over_levels, train_metric

TINY = MetricSettings(side=4, channels=1, mappings=2, width=3, steps=60, batch=8, rate=1e-2)


def learnt() -> LabelledPictures:
    random = torch.Generator().manual_seed(0)
    classes = torch.arange(24) % 3
    levels = 60 * classes[:, None, None, None] + torch.randint(0, 60, (24, 1, 4, 4), generator=random)
    return LabelledPictures(levels.byte(), classes, "levels")


def trained(settings: MetricSettings = TINY, checkpoint: Path | None = None, stop: int = 10**6) -> list[MetricProgress]:
    made = []
    for one in train_metric(learnt(), settings, checkpoint):
        made.append(one)
        if one.steps >= stop:
            break
    return made


def test_it_gets_likelier_and_goes_on_to_the_same_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("explorer.science.training.metric._KEPT", 1)
    whole = trained()
    assert whole[-1].loss < whole[0].loss
    assert trained(checkpoint=tmp_path / "kept.pt", stop=40)[-1].steps == 40
    resumed = trained(checkpoint=tmp_path / "kept.pt")
    assert [one.steps for one in resumed] == [60]
    expected = whole[-1].bijection.state_dict()
    for name, value in resumed[-1].bijection.state_dict().items():
        assert torch.equal(value, expected[name]), name
    with pytest.raises(TrainingError, match="another recipe"):
        trained(TINY.model_copy(update={"seed": 2}), tmp_path / "kept.pt")


def test_it_is_read_as_it_was_written_and_damage_is_refused() -> None:
    bijection = trained(TINY.model_copy(update={"steps": 1}))[-1].bijection
    record = MetricRecord(settings=TINY, learnt_from="levels", classes=3, pictures=24, digest="none")
    data = encode_metric(bijection, record)
    again, about = decode_metric(data)
    assert about == record
    pictures = learnt().floats
    assert torch.equal(again.latents(pictures), bijection.latents(pictures))
    for bad in (data[:100], b"", data.replace(b"likeness-metric/1", b"likeness-metric/9")):
        with pytest.raises(MetricFileError):
            decode_metric(bad)


def test_bytes_are_spread_over_their_levels() -> None:
    levels = torch.arange(256, dtype=torch.uint8)
    assert torch.equal((256 * spread_over_levels(levels)).floor().byte(), levels)


def test_other_pictures_are_refused() -> None:
    with pytest.raises(TrainingError, match="3 colours"):
        next(train_metric(learnt(), MetricSettings(side=4, mappings=2)))
    with pytest.raises(TrainingError, match="2 classes"):
        LabelledPictures(torch.zeros(3, 1, 4, 4, dtype=torch.uint8), torch.zeros(2))
