"""Every file that leaves the program says how it was made; a new writer has to be named here before it may write."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import explorer
from explorer.studio.catalogue import probes as probing
from explorer.studio.export.drawings import FigureSpec, FilmSpec, ImageSpec, SheetSpec
from explorer.studio.export.provenance import png_bytes, read_provenance, with_text_chunk, write_sidecar
from explorer.studio.export.tables import write_table
from explorer.studio.geometry import export as exporting
from explorer.studio.geometry.fit_export import export_fit
from explorer.studio.geometry.fitting import load_morphable_model
from explorer.studio.geometry.view.portraits import portrait_of
from explorer.studio.geometry.view.scene import Camera, RenderStyle
from explorer.studio.geometry.view.viewer import FaceViewer
from explorer.studio.inversion.export import DrawnRun, write_run
from explorer.studio.inversion.provenance import provenance
from explorer.studio.inversion.sheet import write_sheet
from explorer.studio.leakage.export import export_readings
from tests.science.leakage_kit import untrained
from tests.studio.export.made_up import made_up_picture, made_up_run
from tests.studio.geometry.viewing_kit import fitted_face

# Modules that write files, by what those are for.
EXPORTS = {
    "studio/evaluation/ablation.py", "studio/commands/_evaluate_ablation.py",
    "studio/commands/_evaluate_leakage.py", "studio/commands/_evaluate_variation.py",
    "studio/commands/invert.py", "studio/commands/_invert_blackbox.py", "studio/commands/_evaluate_digits.py",
    "studio/export/page.py", "studio/geometry/fit_export.py",
    "studio/leakage/export.py", "studio/inversion/export.py", "studio/export/tables.py",
    "studio/reproducing/variations.py", "studio/geometry/export.py", "ui/base/imaging.py",
    "ui/composer/panel_pictures.py", "studio/inversion/decoding.py", "studio/laboratory/attack_export.py",
    "studio/laboratory/modifying.py", "studio/reproducing/attacks.py", "studio/people/writing.py",
    "studio/populations/photoreal_writing.py", "studio/populations/set_card.py", "studio/people/person_export.py",
    "studio/leaderboard/writing.py",
}  # fmt: skip
# Whose caller writes the record beside the file: a film, and an embedding.
WITH_THEIR_CALLER = {"studio/export/film.py", "studio/faces/vectors.py"}
ITSELF = {"studio/files.py", "studio/export/provenance.py"}
# Sessions, caches, settings, networks and corpora: they are no exports.
KEPT = {
    "studio/catalogue/vec2face.py", "studio/vec2face/material.py",
    "studio/json_store.py", "studio/catalogue/unpack.py", "studio/commands/_train_landmarks.py",
    "studio/commands/_train_morphable_model.py", "studio/commands/_train_probes.py",
    "studio/commands/_train_visibility_field.py", "studio/commands/train.py", "studio/corpus/shards.py",
    "studio/corpus/card.py", "studio/corpus/editing.py", "studio/export/contact_sheet.py",
    "studio/collection/forgetting.py", "studio/collection/index.py", "studio/collection/writing.py",
    "studio/gallery/store.py", "studio/evaluation/openpeople.py", "studio/corpus/probe_training.py",
    "studio/catalogue/probes.py", "studio/catalogue/reconstructions.py", "studio/catalogue/regressors.py",
    "studio/catalogue/refiners.py", "studio/corpus/identity_material.py",
    "studio/session/saving/archive.py",
    "studio/session/saving/generations.py", "studio/variation/running.py",
    "studio/catalogue/impostors.py", "studio/commands/_train_impostors.py",
    "studio/commands/_train_corpus_labels.py", "studio/corpus/label_file.py",
    # Numbers that lie behind a result's picture, and the record beside an evaluation's tables.
    "studio/evaluation/people_inverted.py", "studio/evaluation/people_seen.py",
    "studio/commands/_evaluate_inversion.py", "studio/commands/compare_methods.py",
    "studio/evaluation/judged_photographs.py", "studio/evaluation/readings_made.py",
    "studio/commands/_evaluate_readings.py", "studio/commands/_evaluate_blackbox.py",
    "studio/commands/_evaluate_realism.py", "studio/commands/_people_authentication.py",
    "studio/evaluation/authentication_sets.py", "studio/corpus/probe_renewing.py", "studio/people/vector_writing.py",
    # Fibres that the path tracer's process reads, in a folder that goes with it.
    "science/synthetic/tracing.py",
    # Weights with their cards, and what was seen for them.
    "studio/commands/_train_calibrations.py", "studio/commands/_train_photograph_probes.py",
    "studio/corpus/photographs_seen.py", "studio/catalogue/generators.py", "studio/catalogue/brought_encoders.py",
    # Faces that a black box was asked about, its answers, and the picture that a program is given.
    "studio/blackbox/answers.py", "studio/blackbox/asked_faces.py", "studio/blackbox/program.py",
    "studio/geometry/own_models.py", "studio/people/macro_file.py",
    # Weights and material of decoders and modifiers; encoders of photographs; and the laboratory's numbers and records.
    "science/training/decoder.py", "studio/catalogue/decoders.py", "studio/catalogue/modifiers.py",
    "studio/corpus/decoder_material.py", "studio/catalogue/image_encoders.py",
    "studio/commands/_invert_decoder.py", "studio/commands/_lab_attack_set.py", "studio/commands/_lab_geometry.py",
    "studio/commands/_lab_template.py", "studio/laboratory/altered_faces.py", "studio/laboratory/attack_sets.py",
    "studio/laboratory/map_files.py", "studio/laboratory/templates_seen.py",
    # The list of photoreal people with its card and what is made on the way; and the parts of a data set, whose record
    # stands beside them.
    "studio/populations/list_file.py", "studio/populations/list_work.py", "studio/commands/_train_people_list.py",
    "studio/populations/set_making.py", "studio/populations/set_layouts.py",
    # Rows of a table of decoders with what they were trained to; a localiser, its people and its card.
    "studio/commands/_train_decoder_table.py", "studio/corpus/decoder_rows.py",
    "studio/catalogue/localisers.py", "studio/commands/_train_localiser.py", "studio/corpus/posed_material.py",
    "studio/corpus/localiser_course.py",
    # A bijective metric or a student, and its card; pages of faces with what a teacher answered.
    "studio/catalogue/metrics.py", "studio/students/keeping.py", "studio/students/material.py",
    # Identity halves with their card.
    "studio/catalogue/halves.py",
    # Debiased encoders with their cards, what is seen for them, and the points of a sweep.
    "studio/catalogue/debiased_encoders.py", "studio/populations/debiasing_material.py",
    "studio/laboratory/debiased_files.py", "studio/laboratory/debiasing_sweep.py",
    # The encoder into W+ with its card, and the styles that it learns from.
    "studio/catalogue/photograph_encoders.py", "studio/corpus/style_material.py",
    # The translator with handles, its classifier, and the latents and accuracies behind them.
    "studio/catalogue/translators.py", "studio/corpus/attribute_material.py", "studio/commands/_train_classifier.py",
    # Pieces of a leaderboard that are not measured again.
    "studio/leaderboard/keeping.py",
    # Certificates of a run on several machines; parts of a collection that is exported.
    "studio/cluster/certificates.py", "studio/collection/exporting.py",
    # A scene with its record in the same JSON.
    "studio/people/scene_file.py",
}  # fmt: skip
WRITERS = {"atomic_write", "replacing", "write_bytes", "write_text"}
RECORDERS = {"write_sidecar", "png_bytes", "png_info", "into_svg", "into_pdf", "with_text_chunk"}


def calls(path: Path) -> set[str]:
    """Names of all functions and methods that a module calls."""
    found = (node.func for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))
    return {one.id if isinstance(one, ast.Name) else one.attr for one in found if isinstance(one, ast.Name | ast.Attribute)}  # noqa: E501  # fmt: skip


@pytest.mark.slow
def test_every_module_that_writes_is_known_and_exports_write_their_record() -> None:
    root = Path(explorer.__file__).parent
    called = {path.relative_to(root).as_posix(): calls(path) for path in root.rglob("*.py")}
    writing = {name for name, names in called.items() if names & WRITERS}
    assert writing - EXPORTS - WITH_THEIR_CALLER - ITSELF - KEPT == set(), "name them here, and what they are for"
    assert {name for name in EXPORTS if not called[name] & RECORDERS} == set()
    films = {name for name, names in called.items() if names & {"write_film", "write_pictures", "write_vector"}}
    assert {name for name in films - WITH_THEIR_CALLER if not called[name] & RECORDERS} == set()


def every_file_says(folder: Path) -> None:
    """Of an OBJ, its material belongs to it."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    parts = {path for path in files if path.suffix == ".mtl"}
    assert files
    for path in files:
        if path not in parts:
            record = read_provenance(path)
            assert record["program"]["name"] == "likeness", path.name
        assert path.stat().st_mode & 0o077 == 0, path.name


@pytest.fixture
def drawn() -> DrawnRun:
    run = made_up_run(steps=8)
    pictures = {step.index: made_up_picture(step.index, 64) for step in run.steps}
    latents = tuple(torch.zeros(512) for _ in run.steps)
    return DrawnRun(run, latents, made_up_picture(99, 128), made_up_picture(98, 64), pictures=pictures)


@pytest.mark.slow
def test_runs(drawn: DrawnRun, tmp_path: Path) -> None:
    for suffix in ("png", "svg", "pdf"):
        write_run(tmp_path / f"figure.{suffix}", FigureSpec(dpi=72), None, drawn)
        sheet = SheetSpec(columns=["a", "b"], cells=[["photograph:0", "run:0"]], dpi=72)
        write_sheet(tmp_path / f"sheet.{suffix}", sheet, [drawn])
    for step in (None, 3):
        write_run(tmp_path / f"image-{step}.png", ImageSpec(step=step), None, drawn)
    for suffix in ("mp4", "gif"):
        write_run(tmp_path / f"film.{suffix}", FilmSpec(side=64, hold=0), None, drawn)
    write_table(tmp_path / "table.csv", [{"a": 1}], provenance(drawn.run))
    write_table(tmp_path / "table.parquet", [{"a": 1}], provenance(drawn.run))
    every_file_says(tmp_path)


@pytest.mark.slow
def test_readouts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from explorer.science.leakage.probes import PROBES
    from explorer.science.leakage.read import ProbeSet
    from explorer.studio.faces.values import Edits
    from explorer.studio.leakage.readings import FaceRead, Reading

    weights = tmp_path / "weights"
    weights.write_bytes(b"weights")
    monkeypatch.setattr(probing, "probes_file", lambda encoder: weights)
    probes = ProbeSet("sface", 128, {name: untrained(spec, 128) for name, spec in PROBES.items()})
    vector = np.random.default_rng(1).standard_normal(128).astype(np.float32)
    reading = Reading("sface", vector, tuple(probes.read(torch.from_numpy(vector))))
    out = tmp_path / "out"
    out.mkdir()
    for suffix in ("csv", "parquet", "png", "svg", "pdf"):
        read = FaceRead("key", "sface", Edits(), reading, reading)
        export_readings(out / f"readouts.{suffix}", read, name="a/b.jpg", sha256="0" * 64)
    every_file_says(out)
    assert b"a/b.jpg" not in (out / "readouts.csv.json").read_bytes()


@pytest.mark.slow
def test_three_dimensions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "TURN", 2)
    monkeypatch.setattr(exporting, "SIDE", 64)
    viewer = FaceViewer(load_morphable_model())
    fitted = fitted_face(viewer.model)
    portrait = portrait_of(viewer, "face", "person.png", "0" * 64, fitted)
    scene = portrait.scene
    for suffix in exporting.MESHES:
        exporting.write_mesh(tmp_path / f"mesh{suffix}", viewer, portrait, scene)
    exporting.write_maps(tmp_path, viewer, portrait, scene)
    exporting.write_turntable(tmp_path / "turn.gif", viewer, portrait, scene, RenderStyle(), Camera())
    exporting.write_picture(tmp_path / "turned.png", viewer, portrait, scene, RenderStyle(), Camera(), 64)
    exporting.write_fits(tmp_path / "fits.pdf", viewer, [(portrait, scene)])
    export_fit(tmp_path, "fit", fitted, {"photograph": "p.jpg", "sha256": "0" * 64}, size=64)
    numbers = tmp_path / "fit-fit.json"
    assert json.loads(numbers.read_text())["provenance"]["source"]["sha256"] == "0" * 64
    numbers.unlink()
    every_file_says(tmp_path)


def test_a_chunk_in_a_png_of_another_library_is_read_and_changes_no_pixel(tmp_path: Path) -> None:
    picture = made_up_picture(1, 32)
    record = provenance(made_up_run())
    plain = tmp_path / "plain.png"
    Image.fromarray(picture).save(plain)
    path = tmp_path / "with.png"
    path.write_bytes(with_text_chunk(plain.read_bytes(), record))
    assert read_provenance(path) == json.loads(json.dumps(record))
    np.testing.assert_array_equal(np.asarray(Image.open(path)), picture)
    assert read_provenance(write_sidecar(path, record)) == json.loads(json.dumps(record))
    assert png_bytes(picture, record) != plain.read_bytes()
