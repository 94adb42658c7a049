"""A generator that was imported is kept for its owner alone, and there like the program's own until it is removed."""

from __future__ import annotations

import hashlib
import stat

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from explorer.science.generation.registry import GENERATORS, generator_spec
from explorer.science.inversion.phases import drawn_resolutions
from explorer.science.inversion.settings import InversionSettings
from explorer.science.iteration import Steps
from explorer.science.remarks import remarks_heard_by
from explorer.studio import places
from explorer.studio.catalogue.face_points import find_points
from explorer.studio.catalogue.generators import (
    brought_generators,
    folder,
    import_generator,
    register_brought,
    remove_generator,
)
from explorer.studio.catalogue.networks import Networks, main_networks, network_sha256
from explorer.studio.errors import UserError, explain
from explorer.studio.faces.samples import SAMPLES
from explorer.studio.inversion.running import draw, run_inversion
from explorer.studio.inversion.targets import open_target
from tests.science.generation import brought_kit as kit
from tests.science.generation import brought_kit3 as kit3
from tests.science.generation.test_brought_dcgan import sequence

TERMS = "for tests"


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.setenv(places.STATE_VARIABLE, str(tmp_path / "state"))
    yield tmp_path / "state" / "generators"
    monkeypatch.setenv(places.STATE_VARIABLE, str(tmp_path / "nothing"))
    register_brought()


@pytest.fixture
def pickled(tmp_path):
    torch.manual_seed(1)
    path = tmp_path / "My FFHQ 32.pkl"
    path.write_bytes(kit.nvidia_pickle(kit.stylegan2(z=5)))
    return path


def test_it_is_kept_for_its_owner_alone_and_known_by_name(pickled, own_folder):
    card = import_generator(pickled, TERMS)
    assert (card.id, card.family, card.licence, card.source) == ("my-ffhq-32", "StyleGAN2", TERMS, pickled.name)
    assert card.source_sha256 == hashlib.sha256(pickled.read_bytes()).hexdigest()
    assert folder() == own_folder
    assert {stat.S_IMODE(one.stat().st_mode) for one in own_folder.iterdir()} == {0o600}
    assert stat.S_IMODE(own_folder.stat().st_mode) == 0o700
    assert generator_spec(card.id).latent_shape("Z") == (5,)
    assert InversionSettings(generator=card.id).generator == card.id
    assert main_networks(["sface"], card.id) == ("sface", "scrfd-500m", card.id)
    assert network_sha256(card.id) == card.sha256 == hashlib.sha256(card.place.read_bytes()).hexdigest()
    pickled.unlink()
    generator = Networks("cpu").generator(card.id)
    assert generator.image(generator.styles(generator.sample(1, 0)[1], "W")).shape == (1, 3, 32, 32)
    assert draw(Networks("cpu"), torch.randn(5), InversionSettings(space="Z", generator=card.id)).shape == (32, 32, 3)


def test_what_was_removed_is_named_where_it_is_asked_for(pickled):
    card = import_generator(pickled, TERMS, name="mine")
    remove_generator("mine")
    assert brought_generators() == []
    assert not card.place.exists()
    with pytest.raises(
        ValidationError, match=r"no generator called 'mine'; there are .*likeness generators import"
    ) as caught:
        InversionSettings(generator="mine")
    assert "\n" not in str(explain(caught.value))
    with pytest.raises(UserError, match="'mine' is no generator that was imported; none has been imported"):
        remove_generator("mine")
    with pytest.raises(UserError, match="belongs to the program and stays"):
        remove_generator("mobilestylegan-ffhq")


@pytest.mark.parametrize(
    ("licence", "name", "said"),
    [
        ("  ", None, "under which terms"),
        (TERMS, "mobilestylegan-ffhq", "already: choose another name"),
        (TERMS, "sface", "already: choose another name"),
        (TERMS, "../up", "cannot be called"),
        (TERMS, "", "cannot be called"),
    ],
)
def test_a_bad_name_or_no_licence_keeps_nothing(pickled, own_folder, licence, name, said):
    with pytest.raises(UserError, match=said):
        import_generator(pickled, licence, name)
    assert not own_folder.exists()
    assert GENERATORS.names() == ("mobilestylegan-ffhq",)


def test_a_damaged_one_is_named_and_a_foreign_card_left_out(pickled, own_folder):
    card = import_generator(pickled, TERMS, name="mine")
    card.place.write_bytes(card.place.read_bytes()[:-1] + b"x")
    with pytest.raises(UserError, match=r"the generator mine cannot be loaded .* damaged.*generators remove mine"):
        Networks("cpu").generator("mine")
    card.place.unlink()
    with pytest.raises(UserError, match="No such file"):
        Networks("cpu").generator("mine")
    (own_folder / "other.json").write_text("{}")
    heard = []
    with remarks_heard_by(heard.append):
        assert [one.id for one in brought_generators()] == ["mine"]
    assert "other.json is no card of a generator" in heard[0]


class _Detector:
    def __init__(self, there):
        self.there = iter(there)

    def points_in_frame(self, image):
        points = torch.arange(10.0).reshape(1, 5, 2) * image.shape[-1] / 10
        return points, torch.tensor([next(self.there)])


def test_points_are_the_middle_ones_of_the_faces_that_it_draws(pickled, networks):
    import_generator(pickled, TERMS, name="mine")
    generator = networks.generator("mine")
    points, said = find_points(generator, _Detector([True] * 5 + [False] * 3))
    assert said == "5 of 8"
    assert np.allclose(points, np.arange(10).reshape(5, 2) / 10)
    assert find_points(generator, _Detector([True] * 3 + [False] * 5)) == (None, "3 of 8")


def _file(tmp_path, layout):
    path = tmp_path / f"{layout}.file"
    if layout == "rosinality":
        torch.save({"g_ema": kit.rosinality(32)}, path)
    elif layout == "dcgan":
        torch.save({"netG_state_dict": sequence().state_dict()}, path)
    else:
        node = kit3.stylegan3() if layout == "stylegan3" else kit.stylegan2(z=5)
        path.write_bytes(kit.nvidia_pickle(node))
    return path


@pytest.mark.slow
@pytest.mark.parametrize(
    ("layout", "space"), [("stylegan2", "Z"), ("stylegan3", "W+"), ("rosinality", "W"), ("dcgan", "W+")]
)
def test_an_inversion_runs_through_each(tmp_path, networks, layout, space):
    card = import_generator(_file(tmp_path, layout), TERMS)
    settings = InversionSettings(
        generator=card.id, space=space, steps=2, starts=2, contest=1, finish=1, resolution=128, seed=1
    )
    target = open_target(networks, SAMPLES[0].path, settings.encoder, None, None, lambda said: None)
    running = Steps(run_inversion(networks, target.target, settings))
    for _ in running:
        pass
    finished = running.result
    assert finished.run.networks[card.id] == card.sha256
    assert finished.native.shape == (card.resolution, card.resolution, 3)
    assert finished.latent.shape == card.spec.latent_shape(space)
    assert [step.resolution for step in finished.run.steps] == [128, 512, 512]
    assert finished.run.proposed_starts == 0


def _quiet_at_the_end(tmp_path, by):
    """A StyleGAN2 of 256 px whose last block adds little, or not."""
    torch.manual_seed(3)
    path = tmp_path / "large.pkl"
    node = kit.stylegan2(side=256, channels=2)
    for tensor in node.modules["synthesis"].modules["b256"].modules["torgb"].parameters.values():
        tensor.data *= by
    path.write_bytes(kit.nvidia_pickle(node))
    return path


def test_a_preview_that_is_near_enough_is_kept_with_the_generator_and_draws_the_first_steps(tmp_path):
    told = []
    card = import_generator(_quiet_at_the_end(tmp_path, 1e-3), TERMS, tell=told.append)
    assert list(card.previews) == [128]
    assert not card.far_off
    assert card.spec.previews == (128,)
    assert card.spec.heads == ()
    assert any("cheap previews: 128 px" in fact for fact in card.facts)
    assert told[0] == "reading large.pkl"
    assert told.count("measuring its previews") == 12
    register_brought()
    assert brought_generators() == [card]
    settings = InversionSettings(generator=card.id, steps=72, coarse=30, finish=10)
    assert drawn_resolutions(settings) == (128, 256, 512)
    generator = Networks("cpu").generator(card.id)
    styles = generator.styles(generator.sample(1, 4, 0.7)[1], "W")
    preview, whole = generator.image(styles, 128), generator.averaged_image(styles, 128) * 0.5 + 0.5
    assert not torch.equal(preview, whole)
    assert float((preview - whole.clamp(0, 1)).square().mean()) < 10 ** (-(card.previews[128] - 6) / 10)


def test_one_that_is_too_far_off_is_said_and_not_used(tmp_path):
    card = import_generator(_quiet_at_the_end(tmp_path, 5.0), TERMS)
    assert list(card.far_off) == [128]
    assert card.spec.previews == ()
    assert any("too far off to be used" in fact and "128 px" in fact for fact in card.facts)
    generator = Networks("cpu").generator(card.id)
    styles = generator.styles(generator.sample(1, 4, 0.7)[1], "W")
    assert torch.equal(generator.signed_image(styles, 128), generator.averaged_image(styles, 128))


def test_another_of_the_same_name_draws_anew(pickled, tmp_path):
    loaded = Networks("cpu")
    import_generator(pickled, TERMS, name="mine")
    first = loaded.generator("mine")
    assert loaded.generator("mine") is first
    remove_generator("mine")
    torch.manual_seed(9)
    pickled.write_bytes(kit.nvidia_pickle(kit.stylegan2(z=5)))
    import_generator(pickled, TERMS, name="mine")
    again = loaded.generator("mine")
    assert not torch.equal(first.mean_w, again.mean_w)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("previewed", "drawn"), [(True, [128, 128, 256, 512, 512]), (False, [256, 256, 256, 512, 512])]
)
def test_the_first_steps_are_cheap_where_there_is_a_preview_and_the_last_are_the_whole_networks(
    tmp_path, networks, previewed, drawn
):
    card = import_generator(_quiet_at_the_end(tmp_path, 1e-3 if previewed else 5.0), TERMS)
    settings = InversionSettings(generator=card.id, steps=4, coarse=3, lead=0.05, finish=1, starts=2, contest=1, seed=1)
    target = open_target(networks, SAMPLES[0].path, settings.encoder, None, None, lambda said: None)
    running = Steps(run_inversion(networks, target.target, settings))
    for _ in running:
        pass
    run = running.result.run
    assert [step.resolution for step in run.steps] == drawn
    assert not [name for name in run.networks if name.startswith("preview")], "its previews lie in its own file"
    assert run.networks[card.id] == card.sha256
