"""Light across a picture: of as many stops as it says, from where it says."""

import numpy as np
import pytest

from explorer.science.training.lamp import Lamp, lamp_of, relit

GREY = np.full((64, 64, 3), 90, np.uint8)


def stops(lit, place):
    return 2.2 * np.log2(lit[place].astype(float) / 90).mean()


@pytest.mark.parametrize(
    ("angle", "bright", "dark"), [(0, np.s_[32, 63], np.s_[32, 0]), (90, np.s_[0, 32], np.s_[63, 32])]
)
def test_the_brighter_side_is_where_the_lamp_is(angle, bright, dark):
    lit = relit(Lamp(angle, 1.0, 0.0), GREY)
    assert stops(lit, bright) == pytest.approx(0.45, abs=0.03)
    assert stops(lit, bright) - stops(lit, dark) == pytest.approx(0.9, abs=0.05)
    assert abs(stops(lit, np.s_[31:33, 31:33])) < 0.05


def test_the_other_lamp_is_the_mirror():
    pixels = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    assert np.array_equal(relit(Lamp(180, 1.5, 0.1), pixels), relit(Lamp(0, 1.5, 0.1), pixels[:, ::-1])[:, ::-1])
    assert np.array_equal(relit(Lamp(40, 0.0, 0.0), pixels), pixels)


def test_a_warm_lamp_reddens_the_brighter_side():
    lit = relit(Lamp(0, 0.0, 0.2), GREY).astype(int)
    assert lit[0, 63, 0] > 90 > lit[0, 63, 2]
    assert lit[0, 0, 0] < 90 < lit[0, 0, 2]
    assert (lit[..., 1] == 90).all()


def test_lamps_follow_from_seed_and_number():
    lamps = [lamp_of(3, number) for number in range(20)]
    assert lamps == [lamp_of(3, number) for number in range(20)]
    assert len(set(lamps)) == 20
    assert lamps[0].stops == 0
    assert all(0 <= lamp.stops <= 2 for lamp in lamps)
