"""Identity in one half: what is planted there is found there, mixing swaps it, and the other half is emptied of it."""

from dataclasses import replace

import pytest
import torch

from explorer.science.evaluation.separation import separation
from explorer.science.training.halves import IdentifiedStyles, train_halves
from explorer.science.training.loop import TrainingError
from explorer.science.translation import HalvesSettings, Translator, identity_half, mixed, other_half
from explorer.science.translation.halves import contrastive_loss, flat
from explorer.science.translation.halves_record import HalvesFileError, HalvesRecord, decode_halves, encode_halves

LAYERS, WIDTH = 2, 16
SMALL = HalvesSettings(couplings=3, hidden=24, people=8, pictures=3, steps=300, rate=5e-3, adversary=0.3)


def planted(people=40, pictures=6, seed=0):
    """Who it is lies in four turned directions, what else there is in the other twelve, far stronger."""
    random = torch.Generator().manual_seed(seed)
    turned = torch.linalg.qr(torch.randn(WIDTH, WIDTH, generator=torch.Generator().manual_seed(5))).Q
    whose = torch.arange(people).repeat_interleave(pictures)
    identity = torch.randn(people, 4, generator=random)[whose]
    rest = 1.5 * torch.randn(len(whose), WIDTH - 4, generator=random)
    styles = (torch.cat([identity, rest], 1) @ turned)[:, None].expand(-1, LAYERS, -1).contiguous()
    return IdentifiedStyles(styles, whose, "planted")


@pytest.fixture(scope="module")
def trained():
    *_, last = train_halves(planted(), torch.zeros(WIDTH), torch.ones(WIDTH), SMALL)
    return last.translator.eval().requires_grad_(False)


def told(half, people):
    return separation(flat(half), people, "cosine", interval=False).auc


@pytest.mark.slow
def test_unseen_people_are_told_by_the_identity_half_and_hardly_by_the_other(trained):
    judged = planted(people=20, seed=1)
    structured = trained(judged.styles)
    before = told(judged.styles, judged.people)
    assert told(identity_half(structured), judged.people) > before + 0.15
    assert told(other_half(structured), judged.people) < before


@pytest.mark.slow
def test_mixing_takes_each_half_from_whom_it_should(trained):
    styles = planted(people=4, seed=2).styles
    one, other = styles[:1], styles[-1:]
    made = trained(mixed(trained, one, other))
    assert torch.allclose(identity_half(made), identity_half(trained(one)), atol=1e-4)
    assert torch.allclose(other_half(made), other_half(trained(other)), atol=1e-4)
    assert torch.allclose(mixed(trained, one, one), one, atol=1e-4)


def test_contrast_is_nothing_where_people_are_alike_within_and_apart_between():
    half = torch.eye(3)[torch.tensor([0, 0, 1, 1, 2])][:, None]
    people = torch.tensor([0, 0, 1, 1, 2])
    assert contrastive_loss(half, people, 0.2).item() == pytest.approx(0)
    # Strangers who are one: a cosine of 1 above a margin of 0.2, squared.
    assert contrastive_loss(torch.ones(4, 1, 3), torch.tensor([0, 0, 1, 1]), 0.2).item() == pytest.approx(0.64)
    with pytest.raises(ValueError, match="two pictures of one person"):
        contrastive_loss(half, torch.arange(5), 0.2)


def test_a_training_goes_on_as_if_it_had_never_stopped(tmp_path):
    short = SMALL.model_copy(update={"steps": 120})
    moments = torch.zeros(WIDTH), torch.ones(WIDTH)
    *_, whole = train_halves(planted(), *moments, short)
    going = train_halves(planted(), *moments, short, tmp_path / "halves.pt")
    for _ in range(5):
        next(going)
    going.close()
    *_, again = train_halves(planted(), *moments, short, tmp_path / "halves.pt")
    for name, value in whole.translator.state_dict().items():
        assert torch.equal(value, again.translator.state_dict()[name])


def test_a_file_comes_back_and_what_is_none_is_refused():
    translator = Translator(torch.randn(WIDTH), torch.ones(WIDTH), LAYERS, SMALL.couplings, SMALL.hidden, SMALL.seed)
    record = HalvesRecord(
        settings=SMALL, generator="mobilestylegan", layers=LAYERS, width=WIDTH, learnt_from="planted", people=2,
        pictures=4, digest="00",
    )  # fmt: skip
    data = encode_halves(translator, record)
    again, known = decode_halves(data)
    styles = torch.randn(3, LAYERS, WIDTH)
    assert known == record
    assert torch.equal(again(styles), translator(styles))
    other = record.model_copy(update={"width": WIDTH - 2})
    for damaged in (data[:-100], b"", data.replace(b"likeness-halves/1", b"likeness-halves/9"), encode_halves(translator, other)):  # noqa: E501  # fmt: skip
        with pytest.raises(HalvesFileError):
            decode_halves(damaged)


def test_who_has_one_picture_or_too_few_people_is_refused():
    some = planted(people=4)
    with pytest.raises(TrainingError, match="two of each person"):
        replace(some, styles=some.styles[:1], people=some.people[:1])
    with pytest.raises(TrainingError, match="4 people are too few for 8"):
        next(train_halves(some, torch.zeros(WIDTH), torch.ones(WIDTH), SMALL))
