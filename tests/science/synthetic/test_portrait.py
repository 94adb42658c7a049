"""Drawn people: nothing cuts through, nothing is open, and what is said of a picture is true of it."""

import numpy as np
import pytest
import torch
from scipy.ndimage import label

from explorer.science.geometry.mesh import vertex_normals
from explorer.science.geometry.morphable_model import MorphableModelError
from explorer.science.geometry.projection import Pose, project
from explorer.science.geometry.uv import uv_map
from explorer.science.synthetic.anatomy import anatomy
from explorer.science.synthetic.eyes import RADIUS
from explorer.science.synthetic.landmark_points import inner_points
from explorer.science.synthetic.population import draw_person, draw_scene
from explorer.science.synthetic.portrait import head, portrait
from explorer.science.synthetic.rendered import render_scenes
from explorer.science.synthetic.scene import Camera, Glasses, Hair, Hat, Person, Scene
from explorer.science.synthetic.strands import at_roots
from explorer.science.synthetic.surfaces import SEGMENTS
from explorer.science.synthetic.truth import landmarks_of, skin_seen, texels_seen

BALD = Hair(style="none")
PARALLEL = Camera(height=260, shift=(0.02, -0.06))


@pytest.fixture(scope="module")
def some(model):
    scenes = [draw_scene(draw_person(seed), seed, yaw=45) for seed in range(3)]
    return list(render_scenes(scenes, model, size=64))


def rendered(scene, model, size=64):
    return next(render_scenes([scene], model, size=size))


def test_the_same_scene_gives_the_same_picture_whatever_was_drawn_before(some, model):
    again = list(render_scenes([one.scene for one in some[::-1]], model, size=64))[::-1]
    for first, second in zip(some, again, strict=True):
        assert np.array_equal(first.pixels, second.pixels)
        assert np.array_equal(first.segments, second.segments)


def test_depth_normals_and_segments_stand_where_the_person_does(some):
    for one in some:
        person = one.segments > 0
        assert 0.2 < person.mean() < 0.95
        assert np.array_equal(np.isfinite(one.depth), person)
        assert np.linalg.norm(one.normals[person], axis=1) == pytest.approx(1, abs=1e-5)
        assert not one.normals[~person].any()
        assert {"skin", "eyes", "clothes"} <= {SEGMENTS[number] for number in np.unique(one.segments)}


@pytest.mark.parametrize("yaw", [0, 50, 120, 180])
def test_no_hole_shows_what_is_behind(model, yaw):
    expression = (("jawOpen", 0.4), ("eyeBlinkLeft", 0.5))
    scene = Scene(person=Person(hair=BALD), yaw=yaw, pitch=-15, expression=expression)
    behind = rendered(scene, model, 96).segments == 0
    regions, count = label(behind)
    border = np.unique(np.concatenate([regions[0], regions[-1], regions[:, 0], regions[:, -1]]))
    assert set(range(1, count + 1)) <= set(border.tolist())


@pytest.mark.parametrize("seed", range(4))
def test_lids_keep_before_the_eyeballs(model, seed):
    scene = Scene(person=draw_person(seed), expression=(("eyeBlinkLeft", 0.7), ("eyeBlinkRight", 0.3)))
    made = portrait(scene, model, 64)
    for centre in head(scene.person, model).eyes:
        assert np.linalg.norm(made.skin.numpy() - centre, axis=1).min() >= RADIUS


@pytest.mark.parametrize("style", ["cropped", "short", "medium", "long"])
def test_the_scalp_does_not_cut_through_the_hair(model, style):
    hair = Hair(style=style, length=40, volume=6, recession=0)
    for yaw, pitch in ((0, 20), (90, 0), (180, 0)):
        made = portrait(Scene(person=Person(hair=hair), yaw=yaw, pitch=pitch), model, 64)
        scalp = torch.from_numpy(np.flatnonzero(made.body.scalp > 14))
        normals = torch.nn.functional.normalize(made.skin[scalp] - torch.tensor([0.0, 40.0, -75.0]), dim=1)
        assert not skin_seen(made, made.skin[scalp], normals).any()


def test_landmarks_are_projections_of_the_skin(model):
    scene = Scene(person=Person(identity=(1.0, -1.0), hair=BALD), yaw=20, pitch=5, roll=-8, camera=PARALLEL)
    made = portrait(scene, model, 128)
    found = landmarks_of(made)
    pose = Pose(made.view.rotation, torch.tensor(made.view.centre), torch.tensor(made.view.scale))
    places = at_roots(inner_points(made.body), made.skin.double().numpy())
    assert found.points[17:] == pytest.approx(project(torch.from_numpy(places).float(), pose).numpy(), abs=1e-3)
    # What opens in the skin does so at vertices: of eyes, the nose's base and the inside of the lips.
    for part in (slice(31, 48), slice(60, 68)):
        vertices = made.skin[torch.from_numpy(made.body.landmarks[part])]
        assert found.points[part] == pytest.approx(project(vertices, pose).numpy(), abs=1e-3)


def test_landmarks_of_the_mean_face_are_mirror_images(model):
    body = anatomy(model)
    points = at_roots(inner_points(body), body.mean)
    brows, nose, lips = points[:10], points[10:14], points[np.array([49, 50, 52, 53, 58, 59, 55, 56]) - 17]
    assert brows == pytest.approx(brows[::-1] * (-1, 1, 1), abs=1e-6)
    assert lips[:4] == pytest.approx(lips[3::-1] * (-1, 1, 1), abs=1e-6)
    assert lips[4:] == pytest.approx(lips[[7, 6, 5, 4]] * (-1, 1, 1), abs=1e-6)
    assert nose[:, 0] == pytest.approx(0, abs=1e-6)
    # From its root down to its tip, which stands out furthest.
    assert (np.diff(nose[:, 1]) < 0).all()
    assert (np.diff(nose[:, 2]) > 0).all()


def test_landmarks_of_a_frontal_face_are_seen_and_of_a_profile_half_of_them(model):
    person = Person(hair=BALD)
    assert landmarks_of(portrait(Scene(person=person, camera=PARALLEL), model, 64)).seen[17:].mean() > 0.9
    seen = landmarks_of(portrait(Scene(person=person, camera=PARALLEL, yaw=85), model, 64)).seen
    # The nose has turned to the image's right: what remains is the person's right side, at lower numbers.
    assert seen[36:42].any()
    assert not seen[42:48].any()


def test_a_landmark_that_is_seen_lies_on_what_the_picture_shows(some):
    for one in some:
        found = one.landmarks()
        inside = found.seen & (found.points > 1).all(1) & (found.points < 63).all(1)
        inside[:17] = False  # at the silhouette a pixel shows both
        column, row = found.points[inside].astype(int).T
        assert np.median(np.abs(one.depth[row, column] - found.depths[inside])) < 2.0


def free_by_force(starts, towards, corners):
    """Whether the way from each point to another (3,) meets none of the triangles (T, 3, 3), each tried with each."""
    a, b, c = (corners[:, corner] for corner in range(3))
    one, other = b - a, c - a
    free = []
    for start in starts:
        # Moller and Trumbore 1997.
        way = towards - start
        across = np.cross(way, other)
        area = (one * across).sum(1)
        area = np.where(np.abs(area) < 1e-12, np.inf, area)
        offset = start - a
        turned = np.cross(offset, one)
        u, v, share = (offset * across).sum(1) / area, turned @ way / area, (turned * other).sum(1) / area
        free.append(not ((u >= 0) & (v >= 0) & (u + v <= 1) & (share > 0) & (share < 1)).any())
    return np.array(free)


def test_what_is_seen_is_what_rays_to_the_camera_tried_with_every_triangle_find(model):
    scene = Scene(person=draw_person(1), yaw=30, pitch=-5, glasses=Glasses(rim=4), camera=Camera(distance=500))
    made = portrait(scene, model, 64)
    some = torch.arange(0, len(made.skin), 90)
    normals = vertex_normals(made.skin, torch.from_numpy(made.body.triangles))[some]
    points, view = made.skin[some].double().numpy(), made.view
    rotation = view.rotation.double().numpy()
    eye = np.array([0, 0, view.distance]) @ rotation
    through = torch.tensor([SEGMENTS.index(one) for one in ("brows", "lashes", "beard")])
    hiding = ~torch.isin(made.surface.segments, through)
    corners = made.surface.vertices.double().numpy()[made.surface.triangles[hiding].numpy()]
    facing = ((eye - points) * normals.double().numpy()).sum(1) > 0
    near, far = (free_by_force(points + off * normals.double().numpy(), eye, corners) for off in (0.3, 1.2))
    # Where it makes no difference how far off the skin a ray begins.
    clear = near == far
    assert clear.mean() > 0.9
    found = skin_seen(made, made.skin[some], normals).numpy()
    assert np.array_equal(found[clear], (near & facing)[clear])
    assert 0.2 < found.mean() < 0.8


def test_rays_and_the_z_buffer_agree_on_what_is_seen(model):
    scene = draw_scene(draw_person(1), 1)
    made = portrait(scene, model, 64)
    uv = uv_map(made.body.model, 48)
    rays, buffer = (texels_seen(made, uv, method) for method in ("rays", "z-buffer"))
    assert (rays == buffer)[uv.covered.numpy()].mean() > 0.95
    assert not rays[~uv.covered.numpy()].any()


def test_the_map_shows_the_side_that_is_turned_to_the_viewer(model):
    made = portrait(Scene(person=Person(hair=BALD), yaw=60), model, 64)
    seen = texels_seen(made, uv_map(made.body.model, 48))
    assert seen[:, :24].sum() > 2 * seen[:, 24:].sum()


def test_glasses_and_hats_are_seen_and_no_part_of_the_person(model):
    person = Person(hair=Hair(style="short"))
    bare, worn = (
        rendered(Scene(person=person, glasses=glasses, hat=hat), model)
        for glasses, hat in ((None, None), (Glasses(rim=4), Hat()))
    )
    for name in ("glasses", "hat"):
        assert (worn.segments == SEGMENTS.index(name)).sum() > 20
        assert not (bare.segments == SEGMENTS.index(name)).any()


def test_darker_components_make_darker_skin(model):
    dark, light = (
        rendered(Scene(person=Person(colours=(tone,), hair=BALD)), model).pixels[24:40, 26:38].mean()
        for tone in (-1.0, 0.4)
    )
    assert dark < 0.6 * light


def test_an_unknown_unit_of_expression_is_refused(model):
    with pytest.raises(MorphableModelError, match="has no unit wink"):
        portrait(Scene(expression=(("wink", 1.0),)), model, 64)


def test_a_size_that_no_picture_has_is_refused(model):
    with pytest.raises(ValueError, match="32 to 1024"):
        render_scenes([Scene()], model, size=8)
