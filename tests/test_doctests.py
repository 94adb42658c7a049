"""Every public name of the library has an example in its docstring, and the example is true.

Public are the names in `__all__` of `explorer.api` and of the packages of `explorer.science`. A table (TERMS, LABELS)
has no docstring of its own: its example stands in the package's. In the examples, `samples` is the folder of the sample
faces, `networks` loads those of the catalogue, `model` is the morphable model that ships, `field` its visibility field,
and `macros` are its vectors of groups and gender. An example that needs a network which is not in the cache is
skipped, and says so.
"""

from __future__ import annotations

import ast
import doctest
import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import explorer.science
from explorer.studio import catalogue, places
from explorer.studio.catalogue import MissingNetwork
from explorer.studio.catalogue.visibility_fields import load_visibility_field
from explorer.studio.geometry.fitting import load_morphable_model
from explorer.studio.people.macro_file import load_macro_model

FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def public_packages() -> list[ModuleType]:
    """`explorer.api`, and every package of the science that says which of its names are public."""
    found = pkgutil.walk_packages(explorer.science.__path__, "explorer.science.")
    names = ["explorer.api", "explorer.science", *(module.name for module in found if module.ispkg)]
    return [package for package in map(importlib.import_module, names) if hasattr(package, "__all__")]


def public_names() -> Iterator[tuple[str, ModuleType, str]]:
    """Title, package and name; a name that two packages offer comes once."""
    seen: set[int] = set()
    for package in public_packages():
        for name in package.__all__:
            value = getattr(package, name)
            if id(value) not in seen:
                seen.add(id(value))
                yield f"{package.__name__}.{name}", package, name


NAMES = list(public_names())


def documented(package: ModuleType, name: str) -> tuple[object, str]:
    """What holds the name's docstring, and that."""
    value = getattr(package, name)
    holder = value if callable(value) else package
    return holder, holder.__doc__ or ""


class Runner(doctest.DocTestRunner):
    """Names a network that is absent; whatever is raised is a failure."""

    def report_unexpected_exception(self, out, test, example, exc_info) -> None:
        absent = absent_network(exc_info[1])
        if absent is not None:
            pytest.fail(f"network {absent} is absent: likeness models fetch {absent}")
        super().report_unexpected_exception(out, test, example, exc_info)


def absent_network(error: BaseException) -> str | None:
    """The network that is not in the cache; None where the error is another, such as a damaged one's."""
    ids = (entry.id for entry in catalogue.catalogue().entries())
    said = str(error) if isinstance(error, MissingNetwork) else ""
    return next((id for id in ids if said.startswith(f"{id} is missing ")), None)


@pytest.fixture(scope="module")
def names_in_examples(networks) -> dict[str, object]:
    model, macros = load_morphable_model(), load_macro_model()
    known = {"model": model, "field": load_visibility_field(), "macros": macros}
    return {"samples": places.resources() / "faces", "networks": networks, **known}


# Their examples invert or fit a face.
LONG = {f"explorer.api.{name}" for name in ("Inversion", "invert", "Fit", "fit")}


@pytest.mark.parametrize(
    ("title", "package", "name"),
    [pytest.param(*one, id=one[0], marks=[pytest.mark.slow] if one[0] in LONG else []) for one in NAMES],
)
def test_every_public_name_has_an_example_that_is_true(title, package, name, names_in_examples) -> None:
    holder, text = documented(package, name)
    assert ">>>" in text, f"{title} has no example in its docstring"
    assert name in text.split(">>>", 1)[1] or holder is not package, f"the examples of {package.__name__} lack {name}"
    test = doctest.DocTestParser().get_doctest(text, dict(names_in_examples), title, None, 0)
    said: list[str] = []
    Runner(optionflags=FLAGS).run(test, out=said.append)
    assert not said, "".join(said)


def test_every_package_of_the_science_says_what_is_public() -> None:
    named = {package.__name__ for package in public_packages()}
    packages = pkgutil.walk_packages(explorer.science.__path__, "explorer.science.")
    assert named == {"explorer.api", "explorer.science", *(module.name for module in packages if module.ispkg)}


def test_an_absent_network_is_named_and_a_damaged_one_fails(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv(places.CACHE_VARIABLE, str(tmp_path))
    example = ">>> from explorer.studio import catalogue\n>>> _ = catalogue.path('sface')\n"
    test = doctest.DocTestParser().get_doctest(example, {}, "absent", None, 0)
    with pytest.raises(pytest.fail.Exception, match="network sface is absent: likeness models fetch sface"):
        Runner().run(test, out=lambda text: None)
    file = catalogue.catalogue().entry("sface").location()
    file.parent.mkdir(parents=True)
    file.write_bytes(b"cut short")
    assert Runner().run(test, out=lambda text: None).failed == 1


def test_a_public_name_is_no_module_of_its_package() -> None:
    """Where both have one name, importing the module would hide what is public."""
    for package in public_packages():
        modules = {module.name for module in pkgutil.iter_modules(getattr(package, "__path__", []))}
        assert not modules & set(package.__all__), package.__name__


def test_a_stub_lists_the_names_that_it_offers() -> None:
    for package in [explorer, *public_packages()]:
        stub = Path(package.__file__).with_suffix(".pyi")
        if stub.exists():
            tree = ast.parse(stub.read_text(encoding="utf-8"))
            (listed,) = (ast.literal_eval(n.value) for n in tree.body if isinstance(n, ast.Assign))
            assert sorted(listed) == sorted(package.__all__), package.__name__
