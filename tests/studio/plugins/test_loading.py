"""What is switched on is registered and works as the program's own; what is broken is told in a line and left out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import torch

from explorer.science.generation.registry import GENERATORS, load_generator
from explorer.science.geometry.model_files import read_model_file
from explorer.science.geometry.model_files.reading import READERS, format_of
from explorer.science.inversion.terms import TERMS, Candidate, LossTarget, default_weights
from explorer.science.leakage.probes import PROBES
from explorer.science.recognition.registry import ENCODERS
from explorer.studio import catalogue
from explorer.studio.catalogue.encoders import missing_encoders
from explorer.studio.catalogue.networks import Networks, network_sha256
from explorer.studio.catalogue.plugged import PluggedNetwork, model_path
from explorer.studio.errors import UserError
from explorer.studio.origins import Group, Origin, origin_of
from explorer.studio.plugins import loading
from explorer.studio.plugins.guarding import PluginFailureError
from explorer.studio.plugins.loading import load_plugins, problem_of, registered_as
from explorer.studio.versions import versions
from tests.studio.plugins.plugin_kit import ENCODER, GENERATOR, NAMES, SOURCES, TERM, Site

REGISTRIES = {"encoders": ENCODERS, "generators": GENERATORS, "terms": TERMS, "probes": PROBES, "models": READERS}


def switched(site: Site, group: Group, source: str, **named: str) -> list[str]:
    """Install a part, switch it on and load it; the lines of what is left out."""
    site.switch(site.install(group, source, **named))
    return site.load()


def white() -> tuple[LossTarget, Candidate]:
    """A target, and two candidates that are white."""
    latents = torch.zeros(2, 1, 4), torch.zeros(4), torch.ones(4)
    return LossTarget(torch.ones(4), "cosine"), Candidate(
        torch.ones(2, 3, 8, 8), torch.zeros(2, 5, 2), torch.eye(4)[:2], *latents
    )


@pytest.mark.parametrize("group", NAMES)
def test_a_part_is_registered_while_it_is_switched_on_and_nothing_is_imported_before(site: Site, group: Group) -> None:
    (site.path / "model.toy").write_text("")
    registry, name = REGISTRIES[group], NAMES[group]
    before = registry.names()
    switch = site.install(group, SOURCES[group])
    assert site.load() == []
    assert (site.imported(), registry.names()) == ([], before)
    site.switch(switch)
    assert site.load() == site.load() == []
    assert registry.names() == (*before, name)
    assert registered_as(switch) == name
    assert origin_of(group, name) == Origin("made-up-parts", "1.2")
    assert versions({group: (name, "another")})["plug-in made-up-parts"] == "1.2"
    assert not any(key.startswith("plug-in") for key in versions({group: before}))
    site.switch(switch, False)
    assert site.load() == []
    assert registry.names() == before
    assert origin_of(group, name) is None


def test_an_encoder_embeds_and_has_a_hash_of_its_version(site: Site) -> None:
    assert switched(site, "encoders", ENCODER) == []
    encoder = Networks("cpu").recogniser("greys")
    assert encoder(torch.full((2, 3, 112, 112), 0.25)).tolist() == [[0.25] * 4] * 2
    assert "greys" not in missing_encoders()
    assert catalogue.read("greys") == b""
    now, next_ = (PluggedNetwork("greys", None, Origin("made-up-parts", version)) for version in ("1.2", "1.3"))
    assert network_sha256("greys") == now.sha256 != next_.sha256


def test_an_encoder_s_file_is_read_and_told_of_when_it_is_gone(site: Site) -> None:
    file = site.path / "numbers.bin"
    file.write_bytes(b"numbers")
    source = ENCODER.replace("file = None", f"file = __import__('pathlib').Path({str(file)!r})")
    assert switched(site, "encoders", source) == []
    assert catalogue.read("greys") == b"numbers"
    digest = catalogue.sha256("greys")
    file.write_bytes(b"others!")
    assert catalogue.sha256("greys") != digest
    file.unlink()
    for use in (catalogue.read, catalogue.sha256):
        with pytest.raises(UserError, match=r"numbers\.bin, which belongs to the plug-in made-up-parts 1\.2.*install"):
            use("greys")


def test_a_generator_draws(site: Site) -> None:
    assert switched(site, "generators", GENERATOR) == []
    generator = load_generator("blank", [catalogue.read("blank")], {})
    _, w = generator.sample(3, 0)
    assert generator.image(generator.styles(w, "W"), 64).shape == (3, 3, 64, 64)


def test_a_loss_term_counts_only_where_it_is_given_a_weight(site: Site) -> None:
    assert switched(site, "terms", TERM) == []
    assert default_weights()["flat"] == 0
    assert TERMS["flat"].value(*white()).tolist() == [1, 1]


def test_a_model_is_found_by_its_name_and_a_file_before_it(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = site.path / "model.toy"
    file.write_text("a toy")
    assert switched(site, "models", SOURCES["models"]) == []
    assert model_path(Path("toy")) == file
    assert format_of(file) == "toy"
    assert read_model_file(file).name == "toy"
    monkeypatch.chdir(tmp_path)
    Path("toy").write_text("")
    assert model_path(Path("toy")) == Path("toy")


BROKEN: list[tuple[Group, str, str]] = [
    ("terms", "import nowhere_at_all", "ModuleNotFoundError: No module named 'nowhere_at_all'"),
    ("terms", "PARTS = 1", "AttributeError: module .* has no attribute 'PART'"),
    ("terms", "def", "SyntaxError"),
    ("terms", "raise SystemExit(3)", "SystemExit: 3"),
    ("terms", "raise RuntimeError('one\\ntwo')", "RuntimeError: one two"),
    ("encoders", "PART = 1", "it leads to a int, which is not an encoder"),
    ("encoders", ENCODER.replace("dimension=4", "dimension=0"), "its dimension 0"),
    ("encoders", ENCODER.replace('id="greys"', 'id="sface"'), "its network is called 'greys'"),
    ("encoders", ENCODER.replace('"greys"', '"sface"'), "the catalogue has a network called 'sface' already"),
    ("encoders", ENCODER.replace('id="greys"', 'id="../greys"'), "'../greys': small letters"),
    ("encoders", ENCODER.replace("file = None", "file = 'here'"), "its file is given as str, not as a Path"),
    ("encoders", ENCODER.replace("file = None", "file = __import__('pathlib').Path('/nowhere')"), "/nowhere cannot be"),
    ("encoders", ENCODER.replace("file = None", "file = property(lambda self: 1 / 0)"), "ZeroDivisionError"),
    ("generators", "PART = object()", "which is not a generator"),
    ("generators", GENERATOR.replace("resolution=32", "resolution=32, previews=(16,)"), "it has previews"),
    ("generators", GENERATOR.replace("files = ()", "files = (1, 2)"), "its file is given as int"),
    ("generators", GENERATOR.replace('("blank",)', '("blank", "blank-b")'), "names 2 networks and brings 0 files"),
    ("generators", GENERATOR.replace('"blank"', '"mobilestylegan-ffhq"'), "another generator is called"),
    ("terms", "PART = len", "which is not a loss term"),
    ("terms", TERM.replace('"flat"', '"identity"'), "another loss term is called 'identity' already"),
    ("terms", TERM.replace(".mean((1, 2, 3))", ".mean((1, 2, 3)), 'hair'"), "it needs 'hair', which no target has"),
    ("terms", TERM.replace("2.0", "0.0"), "the limit of its weight is 0.0"),
    ("probes", "PART = {}", "which is not a probe"),
    ("probes", SOURCES["probes"].replace('"age"', '"shoe"'), "it is trained on 'shoe', which is no label"),
    ("probes", SOURCES["probes"].replace("(years > 60).float()", "years.sum()"), "its target has the shape"),
    ("probes", SOURCES["probes"].replace("(years > 60).float()", "years.nothing"), "AttributeError"),
    ("probes", SOURCES["probes"].replace('"old"', '"age"'), "another probe is called 'age' already"),
    ("models", "PART = None", "which is not a morphable model"),
    ("models", SOURCES["models"].replace('"toy", "Toy', '"flame", "Toy'), "another format of morphable models"),
    ("models", SOURCES["models"], r"model\.toy cannot be read"),
]


@pytest.mark.parametrize(("group", "source", "why"), BROKEN, ids=[f"{group}-{why[:30]}" for group, _, why in BROKEN])
def test_a_broken_part_is_told_of_in_a_line_and_the_next_one_is_loaded(
    site: Site, group: Group, source: str, why: str
) -> None:
    before = {kind: registry.names() for kind, registry in REGISTRIES.items()}
    broken = site.install(group, source, name="broken")
    whole = site.install("terms", TERM.replace('"flat"', '"whole"'), name="whole")
    site.switch(broken)
    site.switch(whole)
    (line,) = site.load()
    assert re.match(rf"the plug-in broken \({group} of made-up-parts\) is left out: .*{why}", line)
    assert problem_of(broken) == line
    assert {kind: registry.names() for kind, registry in REGISTRIES.items() if kind != "terms"} == {
        kind: names for kind, names in before.items() if kind != "terms"
    }
    assert TERMS.names() == (*before["terms"], "whole")
    assert site.load() == [], "it is not tried again, and said once"
    site.switch(broken, False)
    assert site.load() == []
    assert problem_of(broken) == ""


def test_of_two_that_are_called_the_same_the_first_stays(site: Site) -> None:
    first, second = (site.install("terms", TERM, package=f"made-up-{part}") for part in ("a", "b"))
    site.switch(second)
    site.switch(first)
    (line,) = site.load()
    assert "of made-up-a) is left out: another loss term is called 'flat' already" in line
    assert origin_of("terms", "flat") == Origin("made-up-b", "1.2")


def test_what_is_no_longer_installed_is_told_of(site: Site) -> None:
    switch = site.install("terms", TERM)
    site.switch(switch.model_copy(update={"distribution": "made-up-gone"}))
    assert site.load() == ["the plug-in part (terms of made-up-gone) is left out: made-up-gone is not installed"]


def test_panels_are_left_to_the_window(site: Site) -> None:
    assert switched(site, "panels", "raise SystemExit") == []
    assert site.imported() == []


def test_a_file_of_switches_that_cannot_be_read_is_told_of(site: Site) -> None:
    (site.config / "plugins.json").write_text("{")
    (line,) = site.load()
    assert line.startswith("no plug-in is used: ")


def test_who_has_no_settings_looks_for_no_plug_ins(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "switched_on", None)
    assert load_plugins(site.config) == ()


FAILING = {
    "raises": ("return Body()", "raise KeyError('no numbers')", "KeyError: 'no numbers'"),
    "no module": ("return Body()", "return 3", "its body is no torch module but int"),
    "other size": (", 2).flatten(1)", ", 3).flatten(1)", r"it gave \[1, 9\] in place of .* of shape \[1, 4\]"),
    "no tensor": (", 2).flatten(1)", ", 2).tolist()", "it gave list in place"),
}


@pytest.mark.parametrize(("what", "instead", "why"), FAILING.values(), ids=FAILING)
def test_an_encoder_that_fails_at_work_is_blamed_by_name(site: Site, what: str, instead: str, why: str) -> None:
    assert switched(site, "encoders", ENCODER.replace(what, instead)) == []
    with pytest.raises(
        PluginFailureError,
        match=rf"^the encoder greys of the plug-in made-up-parts 1\.2 failed \(.*{why}.*\): switch it off by "
        "`likeness plugins disable made-up-parts`",
    ):
        Networks("cpu").recogniser("greys")(torch.zeros(1, 3, 112, 112))


@pytest.mark.parametrize("value", ["one.image.sum()", "one.image.mean((1, 2, 3)) / 0", "1 / 0"])
def test_a_loss_term_that_gives_no_losses_is_blamed_by_name(site: Site, value: str) -> None:
    assert switched(site, "terms", TERM.replace("one.image.square().mean((1, 2, 3))", value)) == []
    with pytest.raises(PluginFailureError, match="the loss term flat of the plug-in made-up-parts"):
        TERMS["flat"].value(*white())
