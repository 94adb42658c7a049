"""The ablation: which terms each row leaves out, what is kept in the folder, and when that is used again."""

import numpy as np
import pytest
import torch
from PIL import Image

from explorer.science.inversion.settings import InversionSettings
from explorer.science.inversion.starts import StartCache
from explorer.studio.errors import UserError
from explorer.studio.evaluation import ablation
from explorer.studio.evaluation.ablation import VARIANTS, reconstruct, settings_of
from explorer.studio.export.provenance import read_provenance
from explorer.studio.inversion.record import InversionRun, TargetRecord
from explorer.studio.inversion.running import FinishedInversion, InversionTarget
from explorer.studio.inversion.targets import OpenedTarget

ID, LANDMARKS, HISTOGRAM = VARIANTS
BASE = InversionSettings(targets="photograph", weights={"prior": 0.2})
RECORD = TargetRecord(kind="photograph", name="one.jpg", sha256="ab" * 32, encoder="arcface-mbf", norm=20.0)
GREY = np.full((1024, 1024, 3), 90, np.uint8)
FRAME = np.zeros((1024, 1024, 3), np.uint8)


def opened(frame=FRAME) -> OpenedTarget:
    return OpenedTarget(InversionTarget(RECORD, torch.ones(512), {}, frame), frame)


class Runs:
    """Finishes any run at once with a grey face, and counts them."""

    def __init__(self) -> None:
        self.settings: list[InversionSettings] = []

    def __call__(self, settings: InversionSettings) -> FinishedInversion:
        self.settings.append(settings)
        origins = {} if settings.targets == "none" else dict.fromkeys(("landmarks", "histogram"), settings.targets)
        run = InversionRun(
            settings=settings, target=RECORD, sought=origins, steps=[], best_index=0, stopped_by="steps",
            starts_seconds=0.0, seconds=1.0, device="cpu", versions={}, networks={}, created="2026-01-01T00:00:00Z",
        )  # fmt: skip
        return FinishedInversion(run, GREY, torch.zeros(512), ())


@pytest.fixture
def runs(monkeypatch) -> Runs:
    monkeypatch.setattr(ablation, "run_inversion", lambda networks, target, settings, memory: settings)
    monkeypatch.setattr(ablation, "_measures", lambda networks, frame, native: None)
    return Runs()


def test_every_variant_is_run_with_the_memory_of_the_start_that_they_share(runs, monkeypatch, tmp_path):
    handed, memory = [], StartCache()

    def noting(networks, target, settings, memory):
        handed.append(memory)
        return settings

    monkeypatch.setattr(ablation, "run_inversion", noting)
    for variant in VARIANTS:
        reconstruct(None, opened(), variant, BASE, tmp_path, runs, memory=memory)
    assert handed == [memory] * len(VARIANTS)


def test_each_row_leaves_out_what_it_does_not_name():
    assert settings_of(ID, BASE).targets == "none"
    assert settings_of(ID, BASE).weights == {"prior": 0.2, "landmarks": 0.0, "histogram": 0.0}
    assert settings_of(LANDMARKS, BASE).weights == {"prior": 0.2, "histogram": 0.0}
    assert settings_of(HISTOGRAM, BASE) == BASE
    assert settings_of(LANDMARKS, BASE).targets == "photograph"


def test_a_result_is_kept_and_not_made_again(runs, tmp_path):
    first = reconstruct(None, opened(), HISTOGRAM, BASE, tmp_path / "one", runs)
    again = reconstruct(None, opened(), HISTOGRAM, BASE, tmp_path / "one", runs)
    assert len(runs.settings) == 1
    assert again.about == first.about
    np.testing.assert_array_equal(again.picture, first.picture)
    assert (tmp_path / "one" / "histogram.png").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("changed", [{"steps": 5}, {"targets": "vector"}, {"weights": {"prior": 0.1}}])
def test_other_settings_make_it_again(runs, tmp_path, changed):
    reconstruct(None, opened(), HISTOGRAM, BASE, tmp_path, runs)
    reconstruct(None, opened(), HISTOGRAM, BASE.model_copy(update=changed), tmp_path, runs)
    assert len(runs.settings) == 2


def test_a_damaged_result_is_made_again(runs, tmp_path):
    reconstruct(None, opened(), ID, BASE, tmp_path, runs)
    (tmp_path / "id.json").write_text("{")
    reconstruct(None, opened(), ID, BASE, tmp_path, runs)
    (tmp_path / "id.png").write_bytes(b"no picture")
    reconstruct(None, opened(), ID, BASE, tmp_path, runs)
    assert len(runs.settings) == 3


def test_a_result_guided_by_the_photograph_says_so_in_its_pixels_and_its_record(runs, tmp_path):
    bare = reconstruct(None, opened(), ID, BASE, tmp_path, runs, mark=False).picture
    guided = reconstruct(None, opened(), HISTOGRAM, BASE, tmp_path, runs, mark=False).picture
    assert np.array_equal(bare, GREY)
    changed = (guided != GREY).any(-1)
    assert changed[:40, :300].any()
    assert not changed[512:].any()
    assert read_provenance(tmp_path / "histogram.png")["sought"]["landmarks"] == "photograph"
    with Image.open(tmp_path / "histogram.png") as written:
        assert written.size == (1024, 1024)


def test_a_bare_embedding_is_refused(runs, tmp_path):
    with pytest.raises(UserError, match="no photograph to hold the result against"):
        reconstruct(None, opened(None), ID, BASE, tmp_path, runs)
