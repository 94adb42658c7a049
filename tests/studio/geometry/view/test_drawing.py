"""What is drawn without OpenGL, and what goes into files."""

from __future__ import annotations

import json
import stat
from dataclasses import replace
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest
import trimesh
from PIL import Image

from explorer.studio.errors import UserError
from explorer.studio.export.provenance import read_provenance
from explorer.studio.geometry import export as exporting
from explorer.studio.geometry.view.describing import FitsSpec, MeshSpec, record_of
from explorer.studio.geometry.view.drawing import composed, draw
from explorer.studio.geometry.view.portrait import FitView
from explorer.studio.geometry.view.scene import Camera, RenderStyle
from explorer.studio.geometry.view.tinting import HIDDEN, SEEN, map_picture, tint_picture
from explorer.studio.geometry.view.viewer import MOVING, FaceViewer


def test_over_its_photograph_an_unlit_mesh_has_the_photographs_colours(viewer: FaceViewer, portrait: FitView) -> None:
    view = viewer.view("k", portrait.fitted, portrait.scene, exporting.STILL)
    drawn = draw(view, RenderStyle(photograph=True, lit=False), Camera(), 256, 256, 256)
    middle = np.s_[100:160, 100:160]
    assert (drawn[middle][..., 3] == 255).all()
    off = np.abs(drawn[middle][..., :3].astype(int) - portrait.frame[middle].astype(int))
    assert np.median(off) <= 3


def test_the_tint_says_what_is_seen(viewer: FaceViewer, portrait: FitView) -> None:
    maps = viewer.view("k", portrait.fitted, portrait.scene.turned(50, 0), MOVING).maps
    tint = tint_picture(maps, "exact")
    assert (tint[maps.covered & maps.seen()][:, :3] == SEEN).all()
    assert (tint[maps.covered & ~maps.seen()][:, :3] == HIDDEN).all()
    assert (tint[~maps.covered] == 0).all()
    assert not tint_picture(maps, "difference").any()
    assert map_picture(maps, "exact")[maps.covered].min() >= 40


def test_wires_darken_and_light_changes(viewer: FaceViewer, portrait: FitView) -> None:
    view = viewer.view("k", portrait.fitted, portrait.scene, MOVING)
    plain, wires, dark = (
        draw(view, look, Camera(), 256, 96, 96)[..., :3].astype(int).mean()
        for look in (
            RenderStyle(lit=False),
            RenderStyle(lit=False, wireframe=True),
            RenderStyle(azimuth=170, elevation=0),
        )
    )
    assert wires < plain
    assert dark < plain


def test_composing_keeps_what_is_behind() -> None:
    picture = np.zeros((2, 2, 4), np.uint8)
    picture[0, 0] = (200, 100, 50, 255)
    behind = np.full((2, 2, 3), 10, np.uint8)
    assert composed(picture, behind)[0, 0].tolist() == [200, 100, 50]
    assert composed(picture, behind, 0.5)[0, 0].tolist() == [105, 55, 30]
    assert (composed(picture, behind)[1] == 10).all()


@pytest.mark.parametrize("kind", ["glb", "obj", "ply"])
def test_a_mesh_is_read_again(viewer: FaceViewer, portrait: FitView, tmp_path: Path, kind: str) -> None:
    files = exporting.write_mesh(tmp_path / f"face.{kind}", viewer, portrait, portrait.scene)
    mesh = trimesh.load(tmp_path / f"face.{kind}", force="mesh", process=False)
    assert len(mesh.faces) == 4 * len(viewer.model.triangles)
    assert np.ptp(mesh.vertices, axis=0)[1] > 150
    if kind == "ply":
        assert mesh.visual.vertex_colors.shape[1] == 4
    else:
        assert mesh.visual.uv is not None
        assert 0 <= mesh.visual.uv.min() <= mesh.visual.uv.max() <= 1
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in files)
    assert read_provenance(tmp_path / f"face.{kind}.json")["source"]["name"] == "person.png"


def test_maps_are_pictures_with_their_provenance(viewer: FaceViewer, portrait: FitView, tmp_path: Path) -> None:
    files = exporting.write_maps(tmp_path, viewer, portrait, portrait.scene.turned(30, 0))
    assert {path.name for path in files} == {f"person-{name}.png" for name in ("sampled", "completed", "seen-exact")}
    assert np.asarray(Image.open(files[0])).shape == (512, 512, 3)
    assert read_provenance(files[0])["scene"]["yaw"] == 30


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
def test_figure_5_16_holds_its_record(viewer: FaceViewer, portrait: FitView, tmp_path: Path, kind: str) -> None:
    pair = [(portrait, portrait.scene), (portrait, portrait.scene.turned(40, 0))]
    path, sidecar = exporting.write_fits(tmp_path / f"fit.{kind}", viewer, pair)
    assert path.stat().st_size > 10_000
    record = read_provenance(path)
    assert record == json.loads(sidecar.read_text())
    assert [other["scene"]["yaw"] for other in record["others"]] == [40]


@pytest.mark.slow
@pytest.mark.parametrize("faces", [1, 2, 3, 4, 5])
def test_a_figure_of_few_faces_fits_a_page(viewer: FaceViewer, portrait: FitView, faces: int) -> None:
    pairs = [(portrait, portrait.scene)] * faces
    figure, record = exporting.fits_figure(viewer, pairs, FitsSpec(dpi=100, arrangement="page"))
    width, height = figure.get_size_inches() * 25.4
    assert width <= 180.5
    assert height <= 247
    assert height < 1.6 * width, "no strip"
    assert record["drawing"]["arrangement"] == "page"
    boxes = [text.get_window_extent() for text in figure.texts if text.get_text()]
    assert all(box.x1 <= figure.bbox.x1 + 1 for box in boxes)


def test_a_figure_of_an_earlier_version_keeps_its_columns(viewer: FaceViewer, portrait: FitView) -> None:
    earlier = FitsSpec.model_validate({"part": "figure", "dpi": 40})
    figure, _ = exporting.fits_figure(viewer, [(portrait, portrait.scene)], earlier)
    width, height = figure.get_size_inches()
    assert height > 4 * width


def test_a_film_says_how_much_of_the_surface_is_filled_in(viewer: FaceViewer, portrait: FitView) -> None:
    filled = exporting.view_of(viewer, portrait, portrait.scene)
    words = exporting.filled_words(filled)
    assert words == f"{filled.unknown:.0%} of the surface filled in, not photographed"
    for other in (replace(portrait.scene, filled=False), replace(portrait.scene, surface="plain")):
        assert exporting.filled_words(exporting.view_of(viewer, portrait, other)) == ""


def test_a_turntable_goes_around_once(
    viewer: FaceViewer, portrait: FitView, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "TURN", 6)
    monkeypatch.setattr(exporting, "SIDE", 64)
    told: list[int] = []
    path, _ = exporting.write_turntable(
        tmp_path / "turn.mp4",
        viewer,
        portrait,
        portrait.scene,
        RenderStyle(),
        Camera(),
        lambda done, total: told.append(done),
    )
    assert imageio_ffmpeg.count_frames_and_secs(str(path))[0] == 6
    assert told == list(range(6))


def test_another_ending_is_refused(viewer: FaceViewer, portrait: FitView, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"written as \.glb, \.obj, \.ply"):
        exporting.write_mesh(tmp_path / "face.stl", viewer, portrait, portrait.scene)
    assert list(tmp_path.iterdir()) == []


def test_a_changed_shape_is_said(portrait: FitView) -> None:
    changed = replace(portrait.scene, identity=(1.0, *portrait.scene.identity[1:]))
    assert record_of(portrait, changed, MeshSpec())["scene"]["shape_changed"]
    assert not record_of(portrait, portrait.scene, MeshSpec())["scene"]["shape_changed"]
