"""A record of what a plug-in took part in names its package and version; no other record does."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from explorer.science.faces.face import Face, Photograph
from explorer.science.inversion.settings import InversionSettings
from explorer.studio.batch.folder import batch_record
from explorer.studio.batch.job import Entry, Job
from explorer.studio.export.provenance import sidecar
from explorer.studio.faces.vector_export import export_bare_vector, export_vector
from explorer.studio.geometry.fit_numbers import model_parts
from explorer.studio.inversion.record import InversionRun
from explorer.studio.leakage.export import reading_parts
from explorer.studio.origins import GROUPS, Group, Origin, drop_origin, note_origin, plugin_versions, plugins_among
from explorer.studio.reproducing.comparing import changes
from explorer.studio.versions import versions
from tests.studio.plugins.plugin_kit import ENCODER, NAMES, SOURCES, Site

NAMED = {"plug-in made-up-parts": "1.2"}


@pytest.fixture
def loaded(site: Site) -> Site:
    """Every part but the panel, each switched on."""
    (site.path / "model.toy").write_text("")
    for group in NAMES:
        site.switch(site.install(group, SOURCES[group]))
    assert site.load() == []
    return site


def recorded(path: Path) -> dict[str, str]:
    found: dict[str, str] = json.loads(sidecar(path).read_text())["versions"]
    return plugins_among(found)


def test_an_embedding_s_file_names_the_plug_in_of_its_encoder(loaded: Site, tmp_path: Path) -> None:
    photograph = Photograph(np.zeros((64, 64, 3), np.uint8), "face.png", "ab" * 32)
    face = Face(np.array([[20.0, 24], [44, 24], [32, 36], [24, 46], [40, 46]]), (10.0, 10, 54, 54), 0.9)
    for encoder, size, named in (("greys", 4, NAMED), ("sface", 128, {})):
        vector = np.ones(size, np.float32)
        export_vector(tmp_path / f"{encoder}.npy", vector, encoder, photograph, face)
        export_bare_vector(tmp_path / f"{encoder}-bare.npy", vector, encoder, "v.npy", "ab" * 32)
        assert recorded(tmp_path / f"{encoder}.npy") == recorded(tmp_path / f"{encoder}-bare.npy") == named


BATCHES = {
    "encoder": Job(kind="embed", encoder="greys"),
    "judge": Job(kind="invert"),
    "weighted": Job(kind="invert", settings=InversionSettings(weights={"flat": 0.5})),
}


@pytest.mark.parametrize("job", BATCHES.values(), ids=BATCHES)
def test_a_table_names_what_took_part(loaded: Site, job: Job) -> None:
    assert plugins_among(batch_record(job, [])["versions"]) == NAMED


def test_a_table_of_readings_names_a_probe_by_its_column(loaded: Site) -> None:
    entry = Entry(file="a.png", sha256="", status="done", seconds=1.0, row={"age": 30.0})
    assert plugins_among(batch_record(Job(kind="probe"), [entry])["versions"]) == {}
    entry = entry.model_copy(update={"row": {"old": "yes"}})
    assert plugins_among(batch_record(Job(kind="probe"), [entry])["versions"]) == NAMED


def test_readings_and_fits_name_encoders_probes_and_models(loaded: Site) -> None:
    assert plugin_versions(reading_parts("greys", [])) == NAMED
    assert plugin_versions(reading_parts("sface", [])) == {}
    assert plugin_versions(model_parts(loaded.path / "model.toy")) == NAMED
    assert plugin_versions(model_parts(None)) == plugin_versions(model_parts(Path("flame.pkl"))) == {}


def test_a_run_s_versions_survive_its_file(run: InversionRun) -> None:
    with_plugin = run.model_copy(update={"versions": versions() | NAMED})
    assert InversionRun.model_validate_json(with_plugin.model_dump_json()).versions["plug-in made-up-parts"] == "1.2"


def test_making_it_again_says_where_another_version_is_installed(site: Site) -> None:
    site.switch(site.install("encoders", ENCODER))
    assert site.load() == []
    now = versions({"encoders": ("greys",)})
    assert changes({}, {}, now | {"plug-in made-up-parts": "1.0"}, now) == (
        "plug-in made-up-parts: version 1.0 then, 1.2 now",
    )


@pytest.mark.parametrize("group", GROUPS)
def test_names_of_one_group_are_no_names_of_another(group: Group) -> None:
    note_origin(group, "a", Origin("parts", "1"))
    try:
        assert [other for other in GROUPS if plugin_versions({other: ("a",)})] == [group]
    finally:
        drop_origin(group, "a")
