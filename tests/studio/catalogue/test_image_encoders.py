"""An image encoder is recognised, kept for its owner alone, draws by a generator that fits, and is removed again."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from explorer.science.faces.face import Face, FaceCrop, Photograph
from explorer.science.generation.registry import GENERATORS, generator_spec
from explorer.science.networks.errors import NetworkFileError
from explorer.studio import places
from explorer.studio.app import cli
from explorer.studio.catalogue.generators import import_generator, register_brought
from explorer.studio.catalogue.image_encoders import (
    fitting,
    image_encoder,
    image_encoders,
    keep_image_encoder,
    load_image_encoder,
    remove_image_encoder,
)
from explorer.studio.errors import UserError
from explorer.studio.inversion.photograph_latents import reconstruct
from tests.science.generation import brought_kit as kit
from tests.science.generation import test_image_encoder as layouts
from tests.science.recognition.imported.published import Drawn

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv(places.STATE_VARIABLE, str(tmp_path / "state"))
    yield tmp_path / "state" / "image-encoders"
    monkeypatch.setenv(places.STATE_VARIABLE, str(tmp_path / "nothing"))
    register_brought()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    drawn = Drawn()
    layouts.published(drawn, layouts.picture(), True, True, True)
    return layouts.checkpoint(tmp_path / "My e4e.pt", drawn, {"encoder_type": "Encoder4Editing"})


def test_what_is_kept_is_its_owner_s_and_tells_the_same(file: Path, own_folder: Path) -> None:
    card = keep_image_encoder(file, "for tests")
    assert (card.id, card.family, card.styles, card.width, card.side) == ("my-e4e", "e4e", 9, 12, 32)
    assert {stat.S_IMODE(one.stat().st_mode) for one in own_folder.iterdir()} == {0o600}
    expected = layouts.published(Drawn(), layouts.picture() * 2 - 1, True, True, True) + layouts.AVERAGE
    torch.testing.assert_close(load_image_encoder(card).encode(layouts.picture()), expected, atol=1e-4, rtol=1e-4)
    with pytest.raises(UserError, match="called my-e4e already"):
        keep_image_encoder(file, "for tests")
    card.place.write_bytes(card.place.read_bytes()[:-1])
    with pytest.raises(UserError, match=r"cannot be loaded .*it is damaged.*networks remove my-e4e"):
        load_image_encoder(card)
    remove_image_encoder("my-e4e")
    assert list(own_folder.iterdir()) == []
    with pytest.raises(UserError, match="no image encoder called 'my-e4e'; none has been imported"):
        image_encoder("my-e4e")


def test_other_files_keep_nothing(tmp_path: Path, own_folder: Path) -> None:
    (tmp_path / "a.pt").write_bytes(b"no checkpoint")
    with pytest.raises(NetworkFileError, match=r"a\.pt is no encoder"):
        keep_image_encoder(tmp_path / "a.pt", "for tests")
    assert image_encoders() == []
    assert not own_folder.exists()


def test_a_generator_with_as_many_styles_draws_what_it_tells(file: Path, tmp_path: Path) -> None:
    card = keep_image_encoder(file, "for tests")
    with pytest.raises(UserError, match=r"9 styles of 12 numbers, which none of .* draws: import its generator"):
        fitting(card, map(generator_spec, GENERATORS.names()))
    torch.manual_seed(1)
    (tmp_path / "tiny.pkl").write_bytes(kit.nvidia_pickle(kit.stylegan2(z=5)))
    own = import_generator(tmp_path / "tiny.pkl", "for tests", "tiny")
    told = card.model_copy(update={"styles": own.style_layers, "width": own.width})
    assert fitting(told, map(generator_spec, GENERATORS.names())).id == "tiny"


def test_a_photograph_is_reconstructed(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep_image_encoder(file, "for tests", "mine")

    class Painter:
        def image(self, styles: torch.Tensor) -> torch.Tensor:
            return torch.sigmoid(styles.mean((1, 2)))[:, None, None, None].expand(-1, 3, 8, 8)

    class Drawing:
        device = torch.device("cpu")

        def generator(self, name: str) -> Painter:
            assert name == "nine"
            return Painter()

    spec = generator_spec("mobilestylegan-ffhq")
    nine = type(spec)(**{**spec.__dict__, "id": "nine", "style_layers": 9, "width": 12})
    monkeypatch.setattr("explorer.studio.inversion.photograph_latents.generator_spec", lambda name: nine)
    frame = (layouts.picture(count=1)[0].permute(1, 2, 0).numpy() * 255).astype(np.uint8)
    crop = FaceCrop(Photograph(frame, "a", ""), Face(np.zeros((5, 2)), (0.0, 0.0, 1.0, 1.0), 1.0), frame)
    latent, picture = reconstruct(crop, "mine", networks=Drawing())  # type: ignore[arg-type]
    seen = torch.from_numpy(frame).permute(2, 0, 1)[None] / 255
    expected = layouts.published(Drawn(), seen * 2 - 1, True, True, True) + layouts.AVERAGE
    np.testing.assert_allclose(latent, expected[0], atol=1e-3)
    assert (picture.shape, picture.dtype) == ((8, 8, 3), np.uint8)


def test_the_command_recognises_lists_and_removes_it(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["networks", "import", str(file), "--licence", "for tests"]) == 0
    assert "my-e4e: image encoder of e4e, 32 px to W+ 9 x 12" in capsys.readouterr().out
    assert cli.main(["networks", "list", "--json"]) == 0
    assert [one["id"] for one in json.loads(capsys.readouterr().out)["image_encoders"]] == ["my-e4e"]
    assert cli.main(["networks", "remove", "my-e4e"]) == 0
    assert "my-e4e is removed" in capsys.readouterr().out
    assert image_encoders() == []
    assert cli.main(["networks", "import", str(file)]) == 2
    assert "under which terms" in capsys.readouterr().err
