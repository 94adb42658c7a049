"""The path tracer against radiance that is known, against the rasteriser, and against itself."""

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from explorer.science.geometry.lighting import harmonics
from explorer.science.synthetic import tracing
from explorer.science.synthetic.developing import developed
from explorer.science.synthetic.drawing import View
from explorer.science.synthetic.population import draw_person, draw_scene
from explorer.science.synthetic.portrait import portrait
from explorer.science.synthetic.preparing import traceable
from explorer.science.synthetic.rendered import render_scenes
from explorer.science.synthetic.scene import Camera, Glasses, Hair, Person, Scene
from explorer.science.synthetic.surfaces import SEGMENTS, grid_triangles
from explorer.science.synthetic.surroundings import directions, harmonics_of_map, map_of_harmonics, seen_behind
from explorer.science.synthetic.traceable import Mesh, Traceable, TraceableError, traceable_from_bytes

SIZE = 32
BALD = Hair(style="none")


def mesh(vertices, normals, triangles, colour=0.5, kind="surface"):
    return Mesh(
        kind=kind,
        vertices=np.asarray(vertices, np.float32),
        normals=np.asarray(normals, np.float32),
        triangles=np.asarray(triangles, np.uint32),
        colours=np.full((len(vertices), 3), colour, np.float32),
        roughness=np.full(len(vertices), 0.5, np.float32),
        gloss=0.0,
    )


def ball(radius=50.0, centre=(0.0, 0.0, 0.0)):
    polar, around = np.meshgrid(np.linspace(0, np.pi, 41), np.linspace(0, 2 * np.pi, 80, False), indexing="ij")
    unit = np.stack([np.sin(polar) * np.sin(around), np.cos(polar), np.sin(polar) * np.cos(around)], 2).reshape(-1, 3)
    return mesh(radius * unit + centre, unit, grid_triangles(41, 80, closed=True))


def square(turned=(0.0, 0.0), z=0.0, side=400.0, kind="surface"):
    rotation = Rotation.from_euler("yx", turned, degrees=True).as_matrix()
    corners = np.array([[-1, 1, 0], [1, 1, 0], [-1, -1, 0], [1, -1, 0]]) * side / 2 @ rotation.T + (0, 0, z)
    return mesh(corners, np.tile(rotation[:, 2], (4, 1)), grid_triangles(2, 2), kind=kind)


def picture(*meshes, around=None, distance=600.0, shift=(0.0, 0.0)):
    even = np.ones((16, 32, 3), np.float32) if around is None else around.astype(np.float32)
    return Traceable(SIZE, 160.0, distance, shift, even, meshes, (), 1.517)


def traced(made, folder, samples=4, seed=0):
    *_, image = tracing.trace(made, samples, seed, folder)
    return image


@pytest.mark.parametrize("distance", [None, 600.0])
def test_under_even_light_a_matt_ball_is_as_bright_as_its_albedo(distance, tmp_path):
    image = traced(picture(ball(), distance=distance), tmp_path, 16)
    inner = image[12:20, 12:20]
    assert np.allclose(inner[..., 3], 1, atol=1e-4)
    assert inner[..., :3].mean() == pytest.approx(0.5, abs=0.005)
    assert inner[..., :3] == pytest.approx(0.5, abs=0.08)
    assert not image[0, 0].any()


@pytest.mark.parametrize("turned", [(0, 0), (55, 0), (-55, 0), (0, 55), (0, -55)])
def test_a_matt_plane_gives_back_what_the_harmonics_say(turned, tmp_path):
    light = np.zeros((9, 3))
    light[0], light[1], light[2], light[3] = 1.0, (0.15, 0.1, 0.0), 0.12, (-0.1, 0.0, 0.15)
    plane = square(turned)
    expected = 0.5 * harmonics(torch.from_numpy(plane.normals[0]).double()).numpy() @ light
    image = traced(picture(plane, around=map_of_harmonics(light)), tmp_path, 64)
    assert image[12:20, 12:20, :3].mean((0, 1)) == pytest.approx(expected, rel=0.05)


def test_light_is_nowhere_below_none_and_keeps_its_harmonics():
    for seed in range(6):
        light = np.array(draw_scene(draw_person(seed), 0).light)
        around = map_of_harmonics(light)
        assert around.min() >= 0
        kept = harmonics_of_map(around)
        assert np.abs(kept - light).max() < 0.2 * light[0].max()
    dark = np.zeros((9, 3))
    dark[0] = -1
    assert not map_of_harmonics(dark).any()


@pytest.mark.parametrize("distance", [None, 450.0])
def test_a_point_falls_where_the_rasteriser_places_it(distance, tmp_path):
    shift = (0.06, -0.1)
    view = View(torch.eye(3), SIZE / 160, (SIZE * (0.5 + shift[0]), SIZE * (0.5 - shift[1])), distance)
    where = np.array([32.0, 28.0, 40.0])
    share = traced(picture(ball(12, where), distance=distance, shift=shift), tmp_path, 16)[..., 3]
    rows, columns = np.meshgrid(np.arange(SIZE) + 0.5, np.arange(SIZE) + 0.5, indexing="ij")
    found = [(share * columns).sum() / share.sum(), (share * rows).sum() / share.sum()]
    assert found == pytest.approx(view.place(torch.from_numpy(where).float())[:2].numpy(), abs=0.25)


@pytest.mark.parametrize(("seed", "camera"), [(4, None), (1, Camera(height=300, shift=(0.04, -0.08)))])
def test_both_renderers_draw_the_same_silhouette(model, seed, camera, tmp_path):
    scene = draw_scene(draw_person(seed), 1)
    scene = scene if camera is None else scene.model_copy(update={"camera": camera})
    (rendered,) = render_scenes([scene], model, size=48)
    share = traced(traceable(scene, rendered.portrait), tmp_path)[..., 3] > 0.5
    person = rendered.segments > 0
    assert (share & person).sum() / (share | person).sum() > 0.93


def test_the_same_seed_gives_the_same_picture_and_another_another(tmp_path):
    made = picture(ball(), around=map_of_harmonics(np.array(draw_scene(draw_person(0), 0).light)))
    first, again, other = (traced(made, tmp_path, 20, seed) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_a_lens_takes_little_of_the_light(tmp_path):
    plain = traced(picture(square(side=100)), tmp_path, 16)[12:20, 12:20, :3].mean()
    behind = traced(picture(square(side=100), square(z=30, kind="glass")), tmp_path, 16)[12:20, 12:20, :3].mean()
    assert 0.93 * plain < behind < 1.05 * plain


def test_near_infrared_is_grey_and_shows_less_of_pigment(model, tmp_path):
    means = {}
    for spectrum in ("visible", "infrared"):
        for tone in (-1.2, 0.4):
            scene = Scene(person=Person(colours=(tone,), hair=BALD), camera=Camera(distance=700))
            made = portrait(scene, model, SIZE)
            image = traced(traceable(scene, made, spectrum), tmp_path, 8)
            pixels = developed(image, made.background.double().numpy(), spectrum)
            assert (np.ptp(pixels, axis=2) == 0).all() == (spectrum == "infrared")
            means[spectrum, tone] = image[8:12, 13:19, :3].mean()
    dark, light = (means["infrared", tone] for tone in (-1.2, 0.4))
    assert means["visible", -1.2] / means["visible", 0.4] < 0.7 * dark / light < 1


def test_glasses_have_panes_and_hair_has_fibres(model):
    scene = Scene(person=draw_person(1), glasses=Glasses())
    made = traceable(scene, portrait(scene, model, SIZE))
    assert [one.kind for one in made.meshes].count("glass") == 1
    assert sum(len(one.curves) for one in made.fibres) > 5000
    assert made.glass > 1.5 > traceable(scene, portrait(scene, model, SIZE), "infrared").glass - 0.02


def test_what_is_sent_is_read_as_it_was_written_and_anything_else_refused(model):
    scene = draw_scene(draw_person(1), 0)
    made = traceable(scene, portrait(scene, model, SIZE))
    data = made.to_bytes()
    again = traceable_from_bytes(data)
    assert again.to_bytes() == data
    assert (again.size, again.shift, again.distance) == (SIZE, made.shift, made.distance)
    for bad in (b"", data[:-1], data[:100], b"\x80\x04cos\nsystem\n.", b"{" * 64):
        with pytest.raises(TraceableError, match="no picture to be traced"):
            traceable_from_bytes(bad)


def test_darker_hair_absorbs_more():
    light, dark = (tracing.absorption((tone, 0.7 * tone, 0.4 * tone)) for tone in (0.5, 0.05))
    assert all(one < other for one, other in zip(light, dark, strict=True))
    assert light[0] < light[2]


def test_a_picture_is_not_overexposed_and_what_is_behind_stays():
    bright = np.zeros((8, 8, 4), np.float32)
    bright[2:6, 2:6] = (3, 2, 1, 1)
    shown = developed(bright, np.full((3, 8, 8), 0.2))
    assert shown[2:6, 2:6].max() < 250
    assert np.ptp(shown[0]) == 0


def test_a_camera_sees_of_a_sky_what_lies_ahead():
    around = np.maximum(directions(32) @ np.diag([1.0, 1.0, -1.0]), 0)  # red to the right, green above, blue ahead
    behind = seen_behind(around, 16, 1.0, (8.0, 8.0))
    assert behind[2].min() > 0.7
    assert behind[0, :, -1].min() > behind[0, :, 0].max()
    assert behind[1, 0].min() > behind[1, -1].max()


def test_segments_have_names_that_fibres_know(model):
    made = portrait(draw_scene(draw_person(1), 0), model, SIZE)
    assert {part.segment for part in made.parts if hasattr(part, "curves")} < set(SEGMENTS)
