"""Checkpoints in the layouts of their makers against the published computation, and hostile ones."""

import pickle
import zipfile

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import save_file

from explorer.science.networks.errors import NetworkFileError
from explorer.science.recognition.imported import import_network
from tests.science.generation import brought_kit
from tests.science.recognition.imported import published
from tests.science.recognition.imported.published import Drawn


def picture(size, count=2):
    return torch.rand(count, 3, *size, generator=torch.Generator().manual_seed(3)) * 2 - 1


def unit(function):
    return lambda d, x, **options: F.normalize(function(d, x, **options))


def case(function, title, *, size=(112, 112), epsilon=1e-5, prefix="", extra=(), slow=True, **options):
    marks = [pytest.mark.slow] if slow else []
    return pytest.param(function, title, size, epsilon, prefix, extra, options, marks=marks, id=f"{title} {prefix}")


# The layer behind an iresnet's map says how large its pictures are: a deep one that takes 48 px states the same of its
# names and computation as one that takes 112 px, for a fifth of the work.
DEEP = (48, 48)

FILES = [
    case(published.iresnet, "iresnet18 (InsightFace)", depths=(2, 2, 2, 2), prefix="module."),
    case(published.iresnet, "iresnet34 (InsightFace)", size=DEEP, depths=(3, 4, 6, 3)),
    case(published.iresnet, "iresnet50 (InsightFace)", depths=(3, 4, 14, 3)),
    case(published.iresnet, "iresnet100 (InsightFace)", size=DEEP, depths=(3, 13, 30, 3)),
    case(published.iresnet, "iresnet200 (InsightFace)", size=DEEP, depths=(6, 26, 60, 6)),
    case(
        published.iresnet,
        "iresnet100 (MagFace)",
        size=DEEP,
        depths=(3, 13, 30, 3),
        epsilon=2e-5,
        prefix="features.module.",
        extra=("fc.weight",),
    ),
    case(unit(published.ir), "IR-18 (AdaFace)", depths=(2, 2, 2, 2), prefix="model.", extra=("head.kernel", "head.t")),
    case(
        unit(published.ir), "IR-50 (AdaFace)", size=DEEP, depths=(3, 4, 14, 3), prefix="model.", extra=("head.kernel",)
    ),
    case(unit(published.ir), "IR-100 (AdaFace)", size=DEEP, depths=(3, 13, 30, 3), prefix="model."),
    case(unit(published.ir), "IR-SE-50 (AdaFace)", depths=(3, 4, 14, 3), se="se_block"),
    case(unit(published.ir), "IR-SE-50 (InsightFace_Pytorch)", depths=(3, 4, 14, 3), kind="short", se="5", affine=True),
    case(published.ir, "IR-100 (SCF)", size=DEEP, depths=(3, 13, 30, 3), kind="short"),
    case(published.mobile_insightface, "MobileFaceNet of 15 bottlenecks (InsightFace)", slow=False),
    case(
        published.mobile_insightface,
        "MobileFaceNet of 29 bottlenecks (InsightFace)",
        scale=4,
        blocks=(2, 8, 12, 4),
    ),
    case(unit(published.mobile_treb1en), "MobileFaceNet of 15 bottlenecks (InsightFace_Pytorch)", slow=False),
    case(published.mobile_treb1en, "MobileFaceNet of 15 bottlenecks (InsightFace_Pytorch)", head="output_layer."),
    case(published.mobile_xiaoccer, "MobileFaceNet of 15 bottlenecks (MobileFaceNet_Pytorch)", size=(112, 96)),
    case(published.mobile_flat, "MobileFaceNet of 15 bottlenecks (MobileFaceNet-V2)"),
    case(
        unit(published.inception_resnet),
        "Inception-ResNet-v1 (facenet-pytorch)",
        size=(160, 160),
        epsilon=1e-3,
        extra=("logits.weight", "logits.bias"),
    ),
    case(published.vggface2, "ResNet-50 (VGGFace2)", size=(224, 224), head="fc"),
    case(published.vggface2, "SENet-50 (VGGFace2)", size=(224, 224), se=True),
    case(published.vggface2, "ResNet-50 (VGGFace2)", size=(224, 224), names="mcn", head="classifier"),
    case(published.vggface2, "ResNet-50-128 (VGGFace2)", size=(224, 224), names="mcn", head="feat_extract"),
    case(published.vggface2, "SENet-50-128 (VGGFace2)", size=(224, 224), names="mcn", se=True, head="feat_extract"),
    case(published.vgg16, "VGG-16 (VGGFace)", size=(224, 224)),
    case(published.sphere20, "sphere20 (SphereFace)", size=(112, 96), extra=("fc6.weight",)),
]


@pytest.mark.parametrize(("function", "title", "size", "epsilon", "prefix", "extra", "options"), FILES)
def test_each_layout_computes_what_its_makers_published(
    tmp_path, function, title, size, epsilon, prefix, extra, options
):
    drawn, image = Drawn(epsilon=epsilon), picture(size, 1)
    with torch.no_grad():
        expected = function(drawn, image, **options)
    tensors = {prefix + name: value for name, value in drawn.state.items()}
    tensors |= {name: torch.ones(3, 4) for name in extra}
    path = tmp_path / "network.pt"
    torch.save({"state_dict": tensors, "epoch": 3} if prefix == "model." else tensors, path)
    network = import_network(path)
    path.unlink()  # what was read lies in memory
    assert network.architecture == title
    assert network.file_format == "PyTorch"
    assert network.sizes[0] == network.conventions[0].size == size
    assert network.dimension == expected.shape[1]
    scale = float(expected.abs().max())
    torch.testing.assert_close(network.body(image) / scale, expected / scale, atol=1e-4, rtol=0)


@pytest.fixture(scope="module")
def small():
    """A MobileFaceNet's tensors, by far the smallest, and what they compute."""
    drawn, image = Drawn(), picture((112, 112))
    with torch.no_grad():
        return drawn.state, image, F.normalize(published.mobile_treb1en(drawn, image))


def test_the_older_form_safetensors_and_pickled_arrays_give_the_same(tmp_path, small):
    state, image, expected = small
    older, tensors, arrays = (tmp_path / name for name in ("older.pth", "network.safetensors", "arrays.pkl"))
    torch.save(state, older, _use_new_zipfile_serialization=False)
    save_file(state, tensors)
    arrays.write_bytes(pickle.dumps({name: np.asarray(value) for name, value in state.items()}))
    for path in (older, tensors, arrays):
        torch.testing.assert_close(import_network(path).body(image), expected, atol=1e-4, rtol=0)


def test_gradients_reach_the_picture_and_no_weight(tmp_path, small):
    state, image, _ = small
    torch.save(state, tmp_path / "network.pt")
    body = import_network(tmp_path / "network.pt").body
    image = image.clone().requires_grad_()
    body(image)[:, 0].sum().backward()
    assert image.grad is not None
    assert image.grad.abs().max() > 0
    assert not any(p.requires_grad for p in body.parameters())


class Runs:
    def __reduce__(self):
        return (exec, ("raise SystemExit('executed')",))


@pytest.mark.parametrize("zipped", [True, False])
def test_a_pickle_that_would_run_something_is_refused(tmp_path, small, zipped):
    torch.save(small[0] | {"x": Runs()}, tmp_path / "evil.pt", _use_new_zipfile_serialization=zipped)
    with pytest.raises(NetworkFileError, match="never loaded"):
        import_network(tmp_path / "evil.pt")


def test_a_plain_pickle_that_would_run_something_is_refused(tmp_path):
    (tmp_path / "evil.pkl").write_bytes(pickle.dumps({"conv1": Runs()}))
    with pytest.raises(NetworkFileError, match="never loaded"):
        import_network(tmp_path / "evil.pkl")


def test_a_whole_module_is_refused_and_the_way_out_is_named(tmp_path):
    torch.save(torch.nn.Conv2d(3, 8, 3), tmp_path / "module.pt")
    with pytest.raises(NetworkFileError, match=r"Conv2d.*save the network's state_dict"):
        import_network(tmp_path / "module.pt")


def test_a_generators_pickle_is_named_with_the_way_to_it(tmp_path):
    (tmp_path / "ffhq.pkl").write_bytes(brought_kit.nvidia_pickle(brought_kit.stylegan2(z=5)))
    with pytest.raises(NetworkFileError, match=r"ffhq\.pkl: this is a generator .*likeness generators import"):
        import_network(tmp_path / "ffhq.pkl")


def test_a_compressed_archive_is_refused(tmp_path, small):
    torch.save(small[0], tmp_path / "stored.pt")
    with (
        zipfile.ZipFile(tmp_path / "stored.pt") as stored,
        zipfile.ZipFile(tmp_path / "deflated.pt", "w", zipfile.ZIP_DEFLATED) as deflated,
    ):
        for name in stored.namelist():
            deflated.writestr(name, stored.read(name))
    with pytest.raises(NetworkFileError, match="compressed"):
        import_network(tmp_path / "deflated.pt")


def test_other_archives_are_named(tmp_path):
    with zipfile.ZipFile(tmp_path / "some.zip", "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(NetworkFileError, match="no PyTorch checkpoint"):
        import_network(tmp_path / "some.zip")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda s: s.pop("conv_5.model.1.project.bn.bias"), "is missing"),
        (lambda s: s.update({"stranger.weight": torch.ones(2)}), "'stranger.weight' belongs to no such network"),
        (lambda s: s.update({"bn.bias": torch.ones(3)}), r"the shape \[3\], not \[512\]"),
        (lambda s: s["bn.bias"].fill_(float("nan")), "not finite"),
        (lambda s: s.update({f"b.{n}": v for n, v in s.copy().items()}), "several networks"),
        (lambda s: [s.pop(n) for n in list(s) if n.startswith("conv_6")], "follow no known encoder; known are"),
    ],
)
def test_tensors_that_are_not_that_network_are_refused_by_name(tmp_path, small, change, words):
    state = {name: value.clone() for name, value in small[0].items()}
    change(state)
    torch.save(state, tmp_path / "network.pt")
    with pytest.raises(NetworkFileError, match=words) as refused:
        import_network(tmp_path / "network.pt")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("zipped", [True, False])
def test_a_truncated_checkpoint_is_refused(tmp_path, small, zipped):
    torch.save(small[0], tmp_path / "network.pt", _use_new_zipfile_serialization=zipped)
    whole = (tmp_path / "network.pt").read_bytes()
    for share in (0.1, 0.5, 0.99):
        (tmp_path / "network.pt").write_bytes(whole[: int(share * len(whole))])
        with pytest.raises(NetworkFileError):
            import_network(tmp_path / "network.pt")


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (lambda: torch.ones(1).expand(1 << 20, 1 << 14, 1, 1), "which the file does not have"),
        (lambda: torch.eye(9).to_sparse(), "never loaded"),
        (lambda: torch.zeros(512, device="meta"), "never loaded"),
        (lambda: torch.zeros(512, dtype=torch.complex64), "not of plain numbers"),
        (lambda: bytearray(8), "bytearray, which is never loaded"),
        (lambda: torch.zeros(()), "damaged|shape"),
    ],
)
@pytest.mark.parametrize("zipped", [True, False])
def test_a_tensor_has_its_numbers_in_the_file(tmp_path, small, made, words, zipped):
    content = small[0] | {"bn.bias": made()}
    torch.save(content, tmp_path / "network.pt", _use_new_zipfile_serialization=zipped)
    with pytest.raises(NetworkFileError, match=words) as refused:
        import_network(tmp_path / "network.pt")
    assert "\n" not in str(refused.value)


def test_one_array_under_many_names_is_refused(tmp_path):
    shared = torch.zeros(1 << 18)
    torch.save({f"{number}": shared for number in range(500)}, tmp_path / "network.pt")
    with pytest.raises(NetworkFileError, match="the same numbers again and again"):
        import_network(tmp_path / "network.pt")
    torch.save({f"{number}": shared[:1] for number in range(10_001)}, tmp_path / "network.pt")
    with pytest.raises(NetworkFileError, match="10001 tensors, more than any encoder"):
        import_network(tmp_path / "network.pt")
