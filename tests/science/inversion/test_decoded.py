"""The decoded picture as a way back, and the starts that look like it."""

import pytest
import torch

from explorer.science.decoding.losses import central_face
from explorer.science.decoding.network import FaceDecoder
from explorer.science.decoding.settings import DecoderSettings
from explorer.science.inversion.decoded import DecodedProposer, decode
from explorer.science.inversion.invert import invert
from explorer.science.inversion.methods import METHODS
from explorer.science.inversion.starts import proposed
from explorer.science.inversion.step import InversionStep
from explorer.science.iteration import Steps
from tests.science.inversion.small_world import answering, recogniser, settings, world  # noqa: F401 - a fixture


class Shows(FaceDecoder):
    """Decodes everything to one picture of 8 px."""

    def __init__(self, picture):
        super().__init__(192, DecoderSettings(side=64, width=2, hidden=2))
        self.shown = picture
        self.eval()

    def forward(self, embeddings):
        return self.shown.expand(len(embeddings), -1, -1, -1)


def drawn(networks, w):
    return networks["generator"].image(w.expand(1, 23, -1), 8)[0]


@pytest.fixture
def seen(world):  # noqa: F811
    networks, target = world
    return networks, target, Shows((target + 0.5).reshape(3, 8, 8))


def test_a_decoded_picture_is_one_step_without_a_latent(seen):
    networks, target, decoder = seen
    other = recogniser("other")
    running = Steps(decode(target, settings(), **networks, held_out={"other": (other, -target)}, decoder=decoder))
    (step,) = running
    assert isinstance(step, InversionStep)
    assert torch.equal(step.preview, decoder.shown)
    assert step.latent.shape == (0,)
    assert step.cosine == pytest.approx(1, abs=1e-5)
    assert step.losses["identity"] == pytest.approx(0, abs=1e-5)
    assert step.scores == {"tiny": pytest.approx(1, abs=1e-5), "other": pytest.approx(-1, abs=1e-5)}
    assert (running.result.best_index, running.result.begun_from) == (0, "decoder")
    assert METHODS["decoder"].invert is decode


def test_without_a_decoder_nothing_is_decoded(seen):
    networks, target, _ = seen
    with pytest.raises(ValueError, match="nothing decodes the embeddings of tiny: train a decoder"):
        decode(target, settings(), **networks)


@pytest.mark.parametrize("space", ["Z", "W", "W+"])
def test_the_candidates_that_look_most_like_the_picture_are_proposed(seen, space):
    networks, target, decoder = seen
    generator = networks["generator"]
    proposer = DecodedProposer(decoder, generator, space, 8)
    proposals = proposer.propose(target, 3, seed=5)
    assert proposals.shape == ((3, 23, 512) if space == "W+" else (3, 512))
    assert torch.equal(proposals, proposer.propose(target, 3, seed=5))

    def far(latents):
        faces = generator.image(generator.styles(latents, space), 8)
        return (central_face(faces) - central_face(decoder.shown)).square().mean((1, 2, 3))

    distances = far(proposals)
    assert (distances.diff() >= 0).all()
    random = generator.sample(48, 400_000_005, 0.5)[0 if space == "Z" else 1]
    random = random[:, None].repeat(1, 23, 1) if space == "W+" else random
    assert torch.allclose(distances, far(random).sort().values[:3])


def test_what_a_regressor_proposes_is_among_the_candidates(seen):
    networks, target, _ = seen
    answer = networks["generator"].sample(1, 99)[1][0]  # the target's own latent
    decoded = Shows(drawn(networks, answer))
    proposer = DecodedProposer(decoded, networks["generator"], "W", 8, regressor=answering(answer))
    torch.testing.assert_close(proposer.propose(target, 1, 0)[0], answer, atol=0.01, rtol=0)


@pytest.mark.parametrize("starts", [6, 512])
def test_a_search_is_proposed_as_many_starts_as_it_asks_for(seen, starts):
    networks, target, decoder = seen
    few = settings(starts=starts)
    proposer = DecodedProposer(decoder, networks["generator"], "W", 8)
    assert len(proposer.propose(target, proposed(few), 0)) == proposed(few)


def test_a_search_begins_with_the_start_that_looks_like_the_picture(seen):
    networks, _, _ = seen
    generator = networks["generator"]
    near = generator.sample(48, 400_000_000, 0.5)[1][7]
    sought = drawn(networks, near)
    proposer = DecodedProposer(Shows(sought), generator, "W", 8)
    running = Steps(invert(sought.flatten() - 0.5, settings(steps=1), **networks, regressor=proposer))
    first = next(event for event in running if isinstance(event, InversionStep))
    torch.testing.assert_close(first.latent, near)
