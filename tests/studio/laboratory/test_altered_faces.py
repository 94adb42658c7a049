"""What encoders see of altered faces: kept by the photographs' content, gone on with, made again where damaged."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from explorer.science.evaluation.scoring import embed_face
from explorer.science.faces.face import Face
from explorer.science.laboratory.geometry import UPRIGHT
from explorer.studio.errors import UserError
from explorer.studio.laboratory import altered_faces
from explorer.studio.laboratory.altered_faces import BLOCK, see_altered
from tests.studio.encoder_kit import COLOURS, registered_colours
from tests.studio.laboratory.geometry_kit import POINTS, SMALL, TURNED, WANTED, KnownFaces, face_set


@pytest.fixture(autouse=True)
def colours():
    with registered_colours() as name:
        yield name


def test_every_face_is_seen_as_photographs_are_embedded(tmp_path):
    chosen, networks = face_set(), KnownFaces()
    steps = []
    seen = see_altered(networks, chosen.photographs, WANTED, tmp_path, step=lambda *counts: steps.append(counts))
    assert steps[-1] == (18, 18)
    assert seen.people == tuple(one.person for one in chosen.photographs)
    upright = seen.seen["template", COLOURS, UPRIGHT.name]
    face = Face(POINTS, (80.0, 80.0, 176.0, 190.0), 0.9)
    expected = embed_face(networks.recogniser(COLOURS), chosen.photographs[4].read(), face)
    torch.testing.assert_close(upright[4], expected, atol=1e-5, rtol=0)
    assert not torch.allclose(seen.seen["template", COLOURS, TURNED.name][4], expected, atol=0.01)


def test_what_was_seen_is_not_looked_at_again(tmp_path):
    chosen, first, second = face_set(), KnownFaces(), KnownFaces()
    before = see_altered(first, chosen.photographs, WANTED, tmp_path)
    after = see_altered(second, chosen.photographs, WANTED, tmp_path)
    assert (second.looked, second.embedded) == (0, 0)
    for key, tensor in before.seen.items():
        assert torch.equal(tensor, after.seen[key])
    for path in tmp_path.iterdir():
        assert path.stat().st_mode & 0o077 == 0
    see_altered(second, face_set(each=4).photographs[:BLOCK], WANTED, tmp_path)
    assert second.looked > 0  # other photographs


def test_what_is_missing_alone_is_seen(tmp_path):
    chosen, networks = face_set(), KnownFaces()
    less = replace(WANTED, shown=WANTED.shown[:2])
    see_altered(networks, chosen.photographs, less, tmp_path)
    assert networks.looked == 18
    networks.embedded = 0
    whole = see_altered(networks, chosen.photographs, WANTED, tmp_path)
    assert networks.looked == 2 * 18  # the upright faces are not looked for again
    assert networks.embedded == 2  # a block each
    other = tmp_path / "other"
    other.mkdir()
    fresh = see_altered(KnownFaces(), chosen.photographs, WANTED, other)
    for key, tensor in whole.seen.items():
        torch.testing.assert_close(tensor, fresh.seen[key])


def test_an_interrupted_run_goes_on_behind_its_last_block(tmp_path, monkeypatch):
    chosen, networks = face_set(), KnownFaces()
    block, calls = altered_faces._seen_block, []

    def stopped(*given):
        if calls:
            raise KeyboardInterrupt
        calls.append(1)
        return block(*given)

    with monkeypatch.context() as patch:
        patch.setattr(altered_faces, "_seen_block", stopped)
        with pytest.raises(KeyboardInterrupt):
            see_altered(networks, chosen.photographs, WANTED, tmp_path)
    assert networks.looked == 2 * BLOCK
    see_altered(networks, chosen.photographs, WANTED, tmp_path)
    assert networks.looked == 2 * 18


def test_a_damaged_file_is_made_again(tmp_path):
    chosen = face_set()
    before = see_altered(KnownFaces(), chosen.photographs, WANTED, tmp_path)
    for path in tmp_path.iterdir():
        path.write_bytes(path.read_bytes()[:50])
    after = see_altered(KnownFaces(), chosen.photographs, WANTED, tmp_path)
    for key, tensor in before.seen.items():
        assert torch.equal(tensor, after.seen[key])


def test_a_face_that_is_not_found_again_has_no_embedding(tmp_path):
    seen = see_altered(KnownFaces(lost=3), face_set().photographs, WANTED, tmp_path)
    small = seen.seen["realigned", COLOURS, SMALL.name]
    assert small.isfinite().all(1).tolist() == [False] * 3 + [True] * 15
    assert bool(seen.seen["template", COLOURS, TURNED.name].isfinite().all())


def test_photographs_without_a_face_are_left_out(tmp_path):
    chosen = face_set(bad=("p1/0", "p5/2"))
    seen = see_altered(KnownFaces(), chosen.photographs, WANTED, tmp_path)
    assert seen.left_out == ("p1/0", "p5/2")
    assert len(seen.photographs) == len(seen.seen["template", COLOURS, UPRIGHT.name]) == 16
    every = tuple(f"p0/{number}" for number in range(3))
    with pytest.raises(UserError, match="no usable face"):
        see_altered(KnownFaces(), face_set(1, bad=every).photographs, WANTED, tmp_path)


def test_drawn_faces_are_not_drawn_again(tmp_path):
    drawn = []

    def read_of(one):
        def read():
            drawn.append(one.person)
            return one.read()

        return read

    chosen = [replace(one, read=read_of(one)) for one in face_set().photographs]
    for _ in range(2):
        see_altered(KnownFaces(), chosen, WANTED, tmp_path, lambda one, _: f"{one.person}/{one.name}", drawn=True)
        assert len(drawn) == 18
