"""The networks, loaded when they are first needed and kept on one device."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar, cast

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file

from explorer.science.contents import stand_in_at
from explorer.science.evaluation.feature_networks import FEATURES, PictureFeatures
from explorer.science.evaluation.lpips import Backbone, Lpips
from explorer.science.faces.detection import Detector
from explorer.science.generation.generator import Generator
from explorer.science.generation.preview import PreviewHead
from explorer.science.generation.registry import DEFAULT_GENERATOR, generator_spec, load_generator
from explorer.science.leakage.labels import Labellers
from explorer.science.leakage.labels.landmarks import LandmarkPredictor
from explorer.science.leakage.landmark_cnn import Architecture, LandmarkNetwork, load_landmarks
from explorer.science.recognition.base import Encoder, EncoderSpec
from explorer.science.recognition.registry import ENCODERS, encoder_spec, load_encoder
from explorer.science.recognition.score_reference import ScoreReference
from explorer.studio import catalogue, places
from explorer.studio.allocator import keep_freed_memory
from explorer.studio.catalogue.brought_encoders import brought_encoder, register_brought_encoders
from explorer.studio.catalogue.encoders import switch_on_fetched
from explorer.studio.catalogue.generators import brought, brought_numbers, register_brought
from explorer.studio.catalogue.impostors import known_impostors
from explorer.studio.catalogue.labellers import load_labellers
from explorer.studio.errors import UserError, explain
from explorer.studio.files import written_at

T = TypeVar("T")

DETECTOR_NETWORK = "scrfd-500m"
LANDMARK_NETWORK = "dlib-landmarks-68"

_BRING = "one of your own is brought by `likeness networks import FILE`"
_MENDED_BY = "install Likeness again, or make the file with `likeness train`"


class Networks:
    """Loads networks on demand from the catalogue's cache; not thread-safe: one thread owns it.

    Args:
        device: where they are put.
        loading: told the title of a network that is about to be loaded.
    """

    def __init__(self, device: torch.device | str = "cpu", loading: Callable[[str], None] = lambda title: None) -> None:
        keep_freed_memory()
        register_brought()
        switch_on_fetched()
        register_brought_encoders()
        self.device = torch.device(device)
        self._loading = loading
        self._loaded: dict[str, tuple[str, object]] = {}

    def recogniser(self, encoder: str) -> Encoder:
        """An identity encoder.

        Raises:
            UserError: there is none of that name.
            MissingNetwork: its file is not in the cache.
        """
        spec = known_encoder(encoder)
        return self._once(
            encoder, lambda: load_encoder(encoder, _read_encoder(spec), self.device), which=which_encoder(encoder)
        )

    def detector(self) -> Detector:
        """The face detector."""
        return self._once("detector", lambda: Detector(_read(DETECTOR_NETWORK)).to(self.device))

    def generator(self, generator: str = DEFAULT_GENERATOR) -> Generator:
        """A generator with its preview heads.

        Raises:
            AbsentGeneratorError: there is none of that name.
            MissingNetwork: a file of it is not in the cache.
        """
        title = "generator" if generator == DEFAULT_GENERATOR else f"generator {generator}"
        own = brought(generator)
        # Another may have been imported under the name since.
        which = "" if own is None else own.sha256
        return self._once(title, lambda: self._load_generator(generator, generator_spec(generator).heads), which)

    def bare_generator(self) -> Generator:
        """The generator of the corpora without its preview heads, as their training needs it."""
        return self._once("generator without heads", lambda: self._load_generator(DEFAULT_GENERATOR, ()))

    def calibration(self, encoder: str) -> ScoreReference | None:
        """Impostor statistics and gallery of an encoder, from the project's own weights; None where it has none."""
        which = which_encoder(encoder)
        return self._once(f"calibration of {encoder}", lambda: self._load_calibration(encoder), which)

    def landmarks(self, architecture: Architecture = "heatmap") -> LandmarkNetwork:
        """The network that finds landmarks differentiably, from the project's own weights."""
        return self._once(f"landmarks ({architecture})", lambda: self._load_landmarks(architecture))

    def landmark_predictor(self) -> LandmarkPredictor:
        """Dlib's landmarks, by which photographs and results are judged."""
        return self._once("dlib's landmarks", lambda: LandmarkPredictor(catalogue.path(LANDMARK_NETWORK)))

    def labellers(self) -> Labellers:
        """What photographs are labelled by.

        Raises:
            MissingNetwork: one of them is not in the cache.
        """
        return self._once("image labellers", lambda: load_labellers(str(self.device)))

    def lpips(self, backbone: Backbone) -> Lpips:
        """The perceptual distance over a classifier."""
        return self._once(f"LPIPS ({backbone})", lambda: Lpips(_read(f"lpips-{backbone}"), backbone).to(self.device))

    def features(self, name: str) -> PictureFeatures:
        """A network by whose features sets of pictures are compared.

        Raises:
            UnknownNameError: there is none of that name.
            MissingNetwork: its file is not in the cache.
        """
        spec = FEATURES[name]
        return self._once(spec.title, lambda: spec.read(_read(spec.network)).to(self.device))

    def _once(self, title: str, load: Callable[[], T], which: str = "") -> T:
        """What is loaded under a title, anew where `which` of that title it is has changed."""
        kept = self._loaded.get(title)
        if kept is None or kept[0] != which:
            self._loading(title)
            kept = self._loaded[title] = (which, load())
        return cast(T, kept[1])

    def _load_generator(self, generator: str, heads: Iterable[int]) -> Generator:
        files = [_read(network) for network in generator_spec(generator).networks]
        loaded = {resolution: _load_head(resolution) for resolution in heads}
        return load_generator(generator, files, loaded, self.device)

    def _load_landmarks(self, architecture: Architecture) -> LandmarkNetwork:
        with _own_file(landmarks_file(architecture)) as file:
            return load_landmarks(load_file(file), architecture).to(self.device)

    def _load_calibration(self, encoder: str) -> ScoreReference | None:
        spec = encoder_spec(encoder)
        if brought_encoder(encoder) is not None and not gallery_file(encoder).exists():
            return None
        with _own_file(gallery_file(encoder)) as file, safe_open(file, framework="pt") as tensors:
            if encoder not in tensors.keys():  # noqa: SIM118 - it is no mapping
                return None
            gallery = tensors.get_tensor(encoder)
            if gallery.ndim != 2 or gallery.shape[1] != spec.dimension:
                raise KeyError(f"{encoder} has embeddings of {spec.dimension} numbers")
            return ScoreReference(spec, gallery, known_impostors(encoder))


def _load_head(resolution: int) -> PreviewHead:
    head = PreviewHead(resolution)
    with _own_file(preview_head_file(resolution)) as file:
        head.load_state_dict({name: weight.float() for name, weight in load_file(file).items()})
    return head


@contextmanager
def _own_file(file: Path) -> Iterator[Path]:
    """Say in one line what is wrong with a file of the project's own weights that cannot be loaded."""
    try:
        yield file
    except FileNotFoundError as error:
        raise UserError(f"{file}, which belongs to this program, is missing: {_MENDED_BY}") from error
    except (SafetensorError, KeyError, RuntimeError) as error:
        if explain(error) is not None:  # the memory is full
            raise
        what = stand_in_at(file)
        if what:
            raise UserError(f"{file}, which belongs to this program, is {what}; or {_MENDED_BY}") from error
        raise UserError(f"{file} is damaged, or of another version of this program: {_MENDED_BY}") from error


def gallery_file(encoder: str) -> Path:
    """Where an encoder's embeddings of generated faces lie: of one that was brought in the user's own folder, else in a
    file of their own where there is one, else in the file that the shipped encoders have in common."""
    card = brought_encoder(encoder)
    if card is not None:
        return card.gallery
    own = places.models() / f"gallery-{encoder}.safetensors"
    return own if own.exists() else places.models() / "gallery.safetensors"


def preview_head_file(resolution: int) -> Path:
    """Where a preview head's weights lie."""
    return places.models() / f"preview-{resolution}.safetensors"


def landmarks_file(architecture: Architecture) -> Path:
    """Where a landmark network's weights lie."""
    return places.models() / f"landmarks-{architecture}.safetensors"


def _read(network: str) -> bytes:
    own = brought(network)
    return catalogue.read(network) if own is None else brought_numbers(own)


def which_encoder(encoder: str) -> str:
    """What tells a brought encoder from another one that had or will have its name; empty of those of the program."""
    card = brought_encoder(encoder)
    return "" if card is None else f"{card!r}{card.kept_since}{written_at(card.gallery)}"


def _read_encoder(spec: EncoderSpec) -> bytes:
    """The bytes of an encoder's network; none of one that was brought, whose files are looked at and then read where
    they lie."""
    if brought_encoder(spec.id) is None:
        return catalogue.read(spec.network)
    catalogue.path(spec.network)
    return b""


def network_sha256(network: str) -> str:
    """The sha256 (hex) of a network: that which the catalogue pins, or that of what was imported or of a plug-in."""
    own = brought(network)
    return catalogue.sha256(network) if own is None else own.sha256


def known_encoder(encoder: str) -> EncoderSpec:
    """The description of an encoder that the user named.

    Raises:
        UserError: there is none of that name, it is switched off, or it is a black box's address.
        MissingNetwork: it is optional, and was not fetched.
    """
    if "://" in encoder:
        raise UserError(
            f"{encoder} is a black box: it answers vectors and gives no gradients to search by; attack it by "
            "`likeness invert --blackbox URL`"
        )
    if encoder not in ENCODERS:
        register_brought_encoders()  # the library may ask before it loads anything, and another process import one
    if encoder not in ENCODERS:
        raise UserError(f"no encoder called {encoder!r}; there are {', '.join(ENCODERS.names())}; {_BRING}")
    spec = encoder_spec(encoder)
    if spec.optional and not ENCODERS.is_enabled(encoder):
        switch_on_fetched()
        catalogue.path(spec.network)
    if not ENCODERS.is_enabled(encoder):
        raise UserError(f"the encoder {encoder} is switched off; there are {', '.join(ENCODERS.names())}")
    return spec


def attacked_encoder(encoder: str) -> EncoderSpec:
    """The description of an encoder that the user wants attacked.

    Raises:
        UserError: as `known_encoder`, or it is one that only judges.
        MissingNetwork: it is optional, and was not fetched.
    """
    spec = known_encoder(encoder)
    if spec.judges_only:
        others = ", ".join(name for name, entry in ENCODERS.enabled().items() if not entry.spec.judges_only)
        raise UserError(
            f"{encoder} only judges what is made of the embeddings of others, so that its word stays independent: "
            f"attack one of {others}"
        )
    return spec


def main_networks(encoders: Iterable[str], generator: str = DEFAULT_GENERATOR) -> tuple[str, ...]:
    """Every network that the main job needs with these encoders and a generator, by catalogue id."""
    recognising = (encoder_spec(encoder).network for encoder in encoders)
    return (*recognising, DETECTOR_NETWORK, *generator_spec(generator).networks)


def device_name(device: torch.device) -> str:
    """A device in words: "CPU, 2 threads", "NVIDIA H100 (cuda:0)"."""
    if device.type == "cuda":
        return f"{torch.cuda.get_device_name(device)} ({device})"
    threads = torch.get_num_threads()
    return f"CPU, {threads} thread{'' if threads == 1 else 's'}"


def best_device() -> torch.device:
    """CUDA where there is one, the CPU otherwise."""
    return torch.device("cuda:0" if torch.cuda.is_available() else "cpu")
