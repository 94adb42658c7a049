"""A registry keeps its order, refuses to lose an entry, and says what it has."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.science.registry import Registry, UnknownNameError

NAMES = st.lists(st.text(min_size=1), unique=True)


@pytest.fixture
def colours():
    registry: Registry[int] = Registry("colour")
    registry.register("red", 0xFF0000, aliases=("rouge", "rot"))
    registry.register("green", 0x00FF00)
    registry.register("blue", 0x0000FF)
    return registry


@pytest.mark.slow
@given(names=NAMES)
def test_names_stand_in_the_order_in_which_they_were_registered(names):
    registry = Registry("letter", names, name_of=lambda entry: f"_{entry}")
    assert list(registry) == [f"_{name}" for name in names]
    assert registry.names() == tuple(registry)


@given(names=NAMES)
def test_it_is_a_mapping_of_what_was_registered(names):
    registry: Registry[int] = Registry("number")
    for number, name in enumerate(names):
        registry.register(name, number)
    assert dict(registry) == {name: number for number, name in enumerate(names)}
    assert len(registry) == len(names)


def test_nothing_is_overwritten(colours):
    for name in ("red", "rouge"):
        with pytest.raises(ValueError, match=f"another colour is called '{name}' already"):
            colours.register(name, 1)
        with pytest.raises(ValueError, match=f"another colour is called '{name}' already"):
            colours.register("crimson", 1, aliases=(name,))
    assert "crimson" not in colours
    assert colours["red"] == colours["rouge"] == 0xFF0000


@pytest.mark.parametrize("names", [("white", "white"), ("white", "blanc", "blanc")])
def test_an_entry_cannot_take_one_name_twice(colours, names):
    with pytest.raises(ValueError, match="already"):
        colours.register(names[0], 1, aliases=names[1:])
    assert "white" not in colours


@pytest.mark.parametrize("names", [("",), ("white", "")])
def test_an_empty_name_is_refused(colours, names):
    with pytest.raises(ValueError, match="empty"):
        colours.register(names[0], 1, aliases=names[1:])


def test_an_unknown_name_is_refused_with_the_known_ones(colours):
    colours.disable("green")
    for ask in (colours.__getitem__, colours.canonical, colours.aliases, colours.disable, colours.unregister):
        with pytest.raises(UnknownNameError) as refused:
            ask("mauve")
        assert str(refused.value) == "no colour called 'mauve'; there are red, green, blue"
    assert isinstance(refused.value, KeyError)
    assert str(pickle.loads(pickle.dumps(refused.value))) == str(refused.value)
    with pytest.raises(UnknownNameError, match="there are none"):
        Registry("colour")["red"]
    assert colours.get("mauve") is None


def test_an_alias_finds_its_entry_and_is_not_listed(colours):
    assert colours["rot"] == colours["red"]
    assert colours.canonical("rot") == "red"
    assert colours.aliases("rouge") == ("rouge", "rot")
    assert "rot" in colours
    assert "rot" not in colours.names()
    assert "rot" not in list(colours)


def test_what_is_switched_off_is_found_but_not_listed_until_it_is_switched_on_again(colours):
    before = colours.names()
    colours.disable("rouge")
    assert not colours.is_enabled("red")
    assert colours.names() == tuple(colours.enabled()) == ("green", "blue")
    assert colours["red"] == 0xFF0000
    assert list(colours) == list(before)
    colours.enable("red")
    assert colours.names() == before
    assert colours.enabled() == dict(colours)


def test_what_is_unregistered_leaves_its_names_free(colours):
    colours.disable("red")
    assert colours.unregister("rot") == 0xFF0000
    assert not {"red", "rouge", "rot"} & {*colours, *colours.names()}
    assert "rot" not in colours
    colours.register("rot", 7)
    assert colours.names() == ("green", "blue", "rot")


def test_a_loop_over_a_registry_may_change_it(colours):
    for name in colours:
        colours.unregister(name)
    assert not colours


def test_entries_from_the_start_need_a_way_to_name_them():
    with pytest.raises(TypeError, match="name_of"):
        Registry("colour", [1])
