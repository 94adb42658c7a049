"""What the 3D view exports, made again from the file alone: the same picture of the same scene of the right face."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from explorer.science.faces.face import Face
from explorer.science.faces.reading import read_file
from explorer.studio.app import cli
from explorer.studio.errors import UserError
from explorer.studio.export.drawings import ImageSpec
from explorer.studio.export.provenance import png_bytes, read_provenance, write_sidecar
from explorer.studio.geometry import export as exporting
from explorer.studio.geometry.fitting import fit_face, fit_frame, with_foreground
from explorer.studio.geometry.landmark_sources import landmark_finder, landmark_source
from explorer.studio.geometry.view.describing import FitsSpec, SceneRecord
from explorer.studio.geometry.view.portrait import FitView, Origin
from explorer.studio.geometry.view.portraits import mean_portrait, open_viewer, portrait_of
from explorer.studio.geometry.view.scene import Camera, RenderStyle
from explorer.studio.geometry.view.viewer import FaceViewer, Quality
from explorer.studio.inversion.provenance import provenance
from explorer.studio.inversion.running import FinishedInversion
from explorer.studio.reproducing.runs import RunReproduction
from tests.studio.export.made_up import made_up_run
from tests.studio.reproducing.again_kit import P002, P005, made_again, two_faces

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def viewer() -> FaceViewer:
    return open_viewer()


def portrait(viewer: FaceViewer, networks: Any, path: Path) -> FitView:
    """As the window has it before it is refined."""
    photograph, source = read_file(path), landmark_source("auto")
    face: Face = networks.detector().detect(photograph.pixels)[0]
    fitted = fit_face(photograph, face, viewer.model, source)
    named = photograph.sha256, photograph.name, photograph.sha256
    return portrait_of(viewer, *named, fitted, Origin.of(face, source))


@pytest.fixture(scope="module")
def first(viewer: FaceViewer, networks: Any) -> FitView:
    return portrait(viewer, networks, P002)


def moved(one: FitView) -> Any:
    """A scene in which everything that can be changed is."""
    expression = (*one.scene.expression[:4], 0.5, *one.scene.expression[5:])
    identity = (2.0, *one.scene.identity[1:])
    return replace(
        one.scene, yaw=33.0, pitch=-7.5, threshold=0.4, judge="field", surface="sampled",
        identity=identity, expression=expression,
    )  # fmt: skip


def same_pixels(one: Path, other: Path) -> None:
    np.testing.assert_array_equal(*(np.asarray(Image.open(path)) for path in (one, other)))


def test_a_picture_with_everything_changed_is_the_same_to_the_last_pixel(
    viewer: FaceViewer, first: FitView, tmp_path: Path
) -> None:
    look = RenderStyle("exact", wireframe=True, azimuth=40.0, elevation=-10.0, photograph=True, opacity=0.6)
    camera = Camera(12.0, -5.0, 1.5, 0.1, -0.05)
    (path,) = exporting.write_picture(tmp_path / "view.png", viewer, first, moved(first), look, camera, 96)
    made = made_again(path, P002)
    assert made.same
    assert made.deviation.largest == 0
    assert made.differences == ()
    same_pixels(path, made.files[0])
    then, now = read_provenance(path), read_provenance(made.files[0])
    assert {**now, "created": ""} == {**then, "created": ""}
    assert then["scene"]["identity"] == {"0": 2.0}, "of the shape, only what the user changed is said"
    assert then["scene"]["expression"] == {"4": 0.5}


def test_another_picture_of_the_same_fit_is_told_by_its_pixels(
    viewer: FaceViewer, first: FitView, tmp_path: Path
) -> None:
    (path,) = exporting.write_picture(tmp_path / "view.png", viewer, first, first.scene, RenderStyle(), Camera(), 64)
    record = read_provenance(path)
    path.write_bytes(png_bytes(np.zeros((64, 64, 3), np.uint8), record))
    (line,) = made_again(path, P002).differences
    assert line.startswith("pixels: ")


def test_a_picture_of_an_earlier_version_is_neither_masked_nor_filled(
    viewer: FaceViewer, first: FitView, tmp_path: Path
) -> None:
    earlier = portrait_of(
        viewer, first.key, first.name, first.sha256, with_foreground(first.fitted, "none"), first.origin
    )
    scene, look = replace(first.scene.turned(50, 0), filled=False), RenderStyle()
    (path,) = exporting.write_picture(tmp_path / "view.png", viewer, earlier, scene, look, Camera(60), 96)
    record = dict(read_provenance(path))
    assert record.pop("foreground_by") == "none"
    assert record["scene"].pop("filled") is False
    path.write_bytes(png_bytes(np.asarray(Image.open(path)), record))
    made = made_again(path, P002)
    assert made.same
    assert made.differences == ()
    same_pixels(path, made.files[0])


def test_maps_and_rows_of_them(viewer: FaceViewer, first: FitView, tmp_path: Path) -> None:
    scene, quality = first.scene.turned(-40, 5), Quality(0, 48, 48)
    files = exporting.write_maps(tmp_path, viewer, first, scene)
    maps = viewer.maps(first.fitted, scene, quality)
    row = exporting.write_map_row(tmp_path / "row.png", first, scene, maps, quality)
    assert len(files) == 5
    for path in (*files[1:], row):
        made = made_again(path, P002)
        assert made.differences == ()
        same_pixels(path, made.files[0])


@pytest.mark.parametrize("suffix", exporting.MESHES)
def test_meshes(viewer: FaceViewer, first: FitView, tmp_path: Path, suffix: str) -> None:
    path = exporting.write_mesh(tmp_path / f"mesh{suffix}", viewer, first, moved(first))[0]
    made = made_again(path, P002)
    assert made.same
    if suffix != ".obj":  # which names its material's file
        assert made.files[0].read_bytes()[-1000:] == path.read_bytes()[-1000:]


def test_a_turntable(viewer: FaceViewer, first: FitView, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "TURN", 3)
    monkeypatch.setattr(exporting, "SIDE", 64)
    path, _ = exporting.write_turntable(tmp_path / "turn.gif", viewer, first, first.scene, RenderStyle(), Camera())
    monkeypatch.setattr(exporting, "TURN", 72)
    made = made_again(path, P002)
    with Image.open(path) as one, Image.open(made.files[0]) as other:
        assert (one.n_frames, one.size) == (other.n_frames, other.size) == (3, (64, 64))


def test_the_figure_of_several_faces(viewer: FaceViewer, first: FitView, networks: Any, tmp_path: Path) -> None:
    other = portrait(viewer, networks, P005)
    drawing = FitsSpec(width=100, dpi=50, source=False)
    faces = [(first, moved(first)), (other, other.scene)]
    path, _ = exporting.write_fits(tmp_path / "fits.png", viewer, faces, drawing=drawing)
    with pytest.raises(UserError, match=r"was made from synthetic-p005\.jpg"):
        made_again(path, P002)
    made = made_again(path, P005, P002)
    assert made.same
    assert made.deviation.count == 16
    assert made.differences == ()
    same_pixels(path, made.files[0])


def test_the_mean_face_needs_no_photograph(viewer: FaceViewer, tmp_path: Path) -> None:
    mean = mean_portrait(viewer)
    (path,) = exporting.write_picture(
        tmp_path / "mean.png", viewer, mean, mean.scene.turned(20, 0), RenderStyle(), Camera(), 64
    )
    made = made_again(path)
    assert made.same
    same_pixels(path, made.files[0])


def test_of_two_faces_the_right_one_is_drawn(tmp_path: Path) -> None:
    photograph, out = two_faces(tmp_path), tmp_path / "turned.png"
    arguments = ["render", str(photograph), "--face", "2", "--no-refine", "--yaw", "30", "--size", "64"]
    assert cli.main([*arguments, "--out", str(out)]) == 0
    made = made_again(out, photograph)
    assert made.same
    same_pixels(out, made.files[0])


def test_a_reconstruction_is_inverted_again_and_its_picture_fitted(viewer: FaceViewer, tmp_path: Path) -> None:
    native, source = np.asarray(read_file(P005).pixels), landmark_source("auto")
    fitted = fit_frame(native, viewer.model, landmark_finder(source))
    shown = portrait_of(viewer, "run/3", "reconstruction, step 3", "", fitted, Origin.of(None, source))
    run = made_up_run()
    sha256 = read_file(P002).sha256
    run = run.model_copy(update={"target": run.target.model_copy(update={"sha256": sha256})})
    about = provenance(run, drawing=ImageSpec())
    (path,) = exporting.write_picture(
        tmp_path / "v.png", viewer, shown, shown.scene, RenderStyle(), Camera(), 64, about
    )

    def repeat(recipe: Any, file: Path) -> RunReproduction:
        assert (recipe.target.sha256, file) == (sha256, P002)
        return RunReproduction(
            FinishedInversion(run, native, None, ()), None, None, None, None, ("steps: 9 then, 8 now",)
        )

    made = made_again(path, P002, repeat=repeat)
    assert made.same
    assert made.differences == ("inversion: steps: 9 then, 8 now",)
    same_pixels(path, made.files[0])
    with pytest.raises(UserError, match=r"earlier version .* the inversion whose picture it shows"):
        tampered(path, inversion=None)


def test_another_photograph_and_another_ending_are_refused(viewer: FaceViewer, first: FitView, tmp_path: Path) -> None:
    path = exporting.write_mesh(tmp_path / "mesh.ply", viewer, first, first.scene)[0]
    with pytest.raises(UserError, match=r"was made from synthetic-p002\.jpg .*, and synthetic-p005\.jpg has"):
        made_again(path, P005)
    with pytest.raises(UserError, match=r"x\.stl: this is written as \.glb, \.obj, \.ply"):
        made_again(path, P002, out=tmp_path / "x.stl")


def tampered(path: Path, **change: Any) -> None:
    other = write_sidecar(path.with_name("film.mp4"), {**read_provenance(path), **change})
    made_again(other, P002)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"scene": {"yaw": 1e9, "pitch": 0}}, r"scene\.yaw"),
        ({"scene": {"yaw": 0, "pitch": 0, "identity": {"9999": 1.0}}}, "names identity 9999, and the model has"),
        ({"scene": {"yaw": 0, "pitch": 0, "identity": {"-1": 1.0}}}, r"scene\.identity"),
        ({"drawing": {"part": "shell"}}, "drawing"),
        ({"drawing": {"part": "picture", "look": {}, "camera": {}, "side": 10**6}}, "side"),
        ({"drawing": {"part": "map", "which": "../../x"}}, "which"),
        ({"drawing": {"part": "map", "which": "sampled", "quality": {"texture": 10**6}}}, "texture"),
        ({"drawing": {"part": "figure", "width": float("1e9")}}, "width"),
        ({"points": None}, "earlier version"),
        ({"points": [[1, 2]]}, "points"),
        ({"subject": "url"}, "subject"),
        ({"others": [{}] * 1000}, "others"),
        ({"steps": -1}, "steps"),
    ],
)
def test_a_damaged_record_is_one_line(
    viewer: FaceViewer, first: FitView, tmp_path: Path, change: dict[str, Any], told: str
) -> None:
    (path,) = exporting.write_picture(tmp_path / "v.png", viewer, first, first.scene, RenderStyle(), Camera(), 32)
    with pytest.raises(UserError, match=told) as caught:
        tampered(path, **change)
    assert "\n" not in str(caught.value)


def test_a_scene_without_changes_says_nothing_of_the_shape(first: FitView) -> None:
    said = SceneRecord.of(first.scene, first.scene)
    assert (said.identity, said.expression, said.shape_changed) == ({}, {}, False)
    assert said.scene(first.scene) == first.scene
