"""`likeness train decoder`: from an embedding to a picture at one stroke, from faces that are drawn on the fly."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import torch
import typer
from pydantic import ValidationError
from rich.console import Console
from rich.progress import Progress
from torch import Tensor

from explorer.science.decoding.losses import DecoderLoss
from explorer.science.decoding.network import FaceDecoder
from explorer.science.decoding.record import DecoderRecord
from explorer.science.decoding.settings import LOSSES, PRESETS, VGG16, WHITE_BOX, DecoderSettings
from explorer.science.evaluation.leakage import mean_quality
from explorer.science.evaluation.pictures import peak_signal_to_noise, structural_similarity
from explorer.science.generation.mixed_precision import drawing, multiplies_bfloat16
from explorer.science.leakage.readout import MetricValue
from explorer.science.recognition.base import Encoder
from explorer.science.recognition.tapping import tapped
from explorer.science.training.decoder import DecoderFaces, train_decoder
from explorer.science.training.decoder_faces import FaceMaking
from explorer.science.training.loop import Compute
from explorer.studio.allocator import release_freed_memory
from explorer.studio.catalogue.decoders import decoder_card, perceptual_network, save_decoder
from explorer.studio.catalogue.networks import Networks, attacked_encoder, network_sha256, preview_head_file
from explorer.studio.commands._settings import with_settings
from explorer.studio.corpus.decoder_material import (
    Material,
    Step,
    corpus_material,
    drawn_material,
    folder_material,
    joined,
    without,
)
from explorer.studio.corpus.identity_material import passing_as_judges
from explorer.studio.corpus.shards import CorpusFolder
from explorer.studio.errors import UserError
from explorer.studio.evaluation.openpeople import portrait_set
from explorer.studio.evaluation.strangers import embed_set
from explorer.studio.places import private_folder

FACES, MINUTES = 30_000, 60.0
# Of the time so large a share may go into the drawing of faces.
_DRAWING = 0.5
_JUDGED = 500


def add_to(train: typer.Typer) -> None:
    """Add the command to those of `likeness train`."""
    train.command("decoder")(decoder)


@with_settings(DecoderSettings, panel="Recipe")
def decoder(
    work: Annotated[Path, typer.Option(help="Folder for faces and checkpoints; a corpus in it is learnt from.")],
    settings: dict[str, Any],
    encoder: Annotated[str, typer.Option(help="Whose embeddings.")] = "arcface-mbf",
    layer: Annotated[
        str | None, typer.Option(help="Decode the averages of this feature map of the encoder instead.")
    ] = None,
    perceptual: Annotated[
        str, typer.Option(help=f"Whose features pictures are compared by: {WHITE_BOX}, {VGG16}, or another encoder.")
    ] = WHITE_BOX,
    side: Annotated[
        int, typer.Option("--size", help="Of the pictures, and with it the recipe: 64, 112, or 224 for the paper's.")
    ] = 112,
    minutes: Annotated[float, typer.Option(min=0.1, help="When it ends at the latest, whatever is left.")] = MINUTES,
    faces: Annotated[
        int, typer.Option(min=0, help="How many faces are drawn to learn from; half of the time at most.")
    ] = FACES,
    photographs: Annotated[
        Path | None, typer.Option(help="A folder of photographs to learn from, too, never of people that judge.")
    ] = None,
    weight: Annotated[list[str] | None, typer.Option(help="A term's weight, as gradient=0.5; may be repeated.")] = None,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
) -> None:
    """Train a network from embeddings to pictures, and write it and its card.

    Can be interrupted; the same command goes on from its last checkpoint. Where --work holds a corpus with embeddings
    of the encoder, its faces are learnt from as well.
    """
    given = {**settings, "layer": layer, "perceptual": perceptual, "weights": _weights(weight or [])}
    chosen = chosen_settings(side, {**given, "encoder": attacked_encoder(encoder).id})
    clock, networks = _Clock(minutes), Networks(device)
    recogniser = tapped(networks.recogniser(chosen.encoder), layer)
    compared = perceptual_network(networks, chosen)
    sources = _sources(networks, recogniser, chosen, work, faces, photographs, clock)
    known, words = joined(sources), "; ".join(one.words for one in sources)
    of_people = sum(len(one) for one in sources if one.photographs)
    del sources  # their pictures are in memory twice
    release_freed_memory()
    folder = private_folder(work / "decoders")
    checkpoint = folder / f"{recogniser.spec.id}-{chosen.side}-{_digest(chosen, known)}.pt"
    loss = DecoderLoss(chosen, compared, known.unit_faces().to(networks.device))
    trained, epochs = _trained(known, chosen, loss, checkpoint, Compute.on(device), clock)
    record = DecoderRecord(
        settings=chosen,
        dimension=recogniser.spec.dimension,
        network=network_sha256(recogniser.spec.network),
        perceptual_layer=None if compared is None else compared.layer,
        trained_on=len(known.fitting),
        photographs=of_people,
        epochs=epochs,
        held_out=judged(trained, known),
    )
    options = _options(chosen, faces, minutes, photographs)
    written = save_decoder(trained, record, decoder_card(record, words, options))
    typer.echo(f"{written}: {epochs:.3g} epochs of {len(known.fitting)} faces")
    for name, quality in record.held_out.items():
        typer.echo(f"  {name}, {quality.faces} unseen faces: {quality.words()}")


def chosen_settings(side: int, given: dict[str, Any]) -> DecoderSettings:
    """The settings of a side's preset with what was given.

    Raises:
        UserError: there is no such side, or a value is out of range.
    """
    preset = next((one for size, one in PRESETS.items() if size == side), None)
    if preset is None:
        raise UserError(f"--size {side}: there are {', '.join(map(str, PRESETS))}")
    try:
        return DecoderSettings.model_validate(preset.model_dump() | given)
    except ValidationError as error:
        first = error.errors()[0]
        raise UserError(f"--{'-'.join(map(str, first['loc'])) or 'weight'}: {first['msg']}") from error


def _weights(given: Sequence[str]) -> dict[str, float]:
    weights = {}
    for one in given:
        name, _, value = one.partition("=")
        if name not in LOSSES:
            raise UserError(f"--weight {one}: no term called {name!r}; there are {', '.join(LOSSES)}")
        try:
            weights[name] = float(value)
        except ValueError as error:
            raise UserError(f"--weight {one}: give a number, as {name}=0.5") from error
    return weights


class _Clock:
    """Tells when the time that was given is over."""

    def __init__(self, minutes: float) -> None:
        self._began, self._seconds = time.monotonic(), 60 * minutes

    def beyond(self, share: float) -> Callable[[], bool]:
        """Whether so large a share of the time is over, whenever it is asked."""
        return lambda: time.monotonic() - self._began > share * self._seconds


def _sources(
    networks: Networks,
    recogniser: Encoder,
    settings: DecoderSettings,
    work: Path,
    faces: int,
    photographs: Path | None,
    clock: _Clock,
) -> list[Material]:
    making = making_of(networks, recogniser, settings)
    key = key_of(making, settings)
    found = list[Material]()
    private_folder(work)
    if (work / "recipe.json").exists():
        with bar("corpus") as step:
            found.append(corpus_material(CorpusFolder(work), recogniser.spec.id, settings.side, step))
    if photographs is not None:
        with bar("photographs") as step:
            found.append(folder_material(making, key, photographs, FACES, work, step))
    if faces:
        with bar("faces") as step:
            found.append(drawn_material(making, key, faces, work, step, clock.beyond(_DRAWING)))
    found = [_without_judges(networks, one, settings) if one.photographs else one for one in found]
    if not found:
        raise UserError("--faces 0: there is nothing to learn from; draw some, or give a corpus or --photographs")
    return found


def _without_judges(networks: Networks, photographs: Material, settings: DecoderSettings) -> Material:
    """Photographs without those that pass as a portrait by which decoders are judged."""
    if settings.layer is not None:
        raise UserError(
            "who a photograph shows is known by the encoder's own embeddings: leave --photographs or --layer out"
        )
    judges = embed_set(portrait_set(), [settings.encoder], networks).embeddings[settings.encoder]
    judging = passing_as_judges(networks, settings.encoder, photographs.faces.embeddings, judges)
    return without(photographs, judging)


def making_of(networks: Networks, recogniser: Encoder, settings: DecoderSettings) -> FaceMaking:
    """What draws, sees and cuts out the faces for a decoder."""
    generator = networks.generator()
    return FaceMaking(
        generator=generator,
        draw=drawing(generator, mixed=settings.precision == "mixed"),
        detector=networks.detector(),
        encoder=recogniser,
        resolution=128 if settings.side <= 128 else 256,
        side=settings.side,
        camera=settings.camera,
    )


def key_of(making: FaceMaking, settings: DecoderSettings) -> tuple[object, ...]:
    """All that drawn faces follow from besides their numbers."""
    spec = making.encoder.spec
    head = hashlib.sha256(preview_head_file(making.resolution).read_bytes()).hexdigest()
    mixed = settings.precision == "mixed" and multiplies_bfloat16()
    return spec.id, network_sha256(spec.network), settings.layer, making.side, making.camera, head, mixed


def _digest(settings: DecoderSettings, faces: DecoderFaces) -> str:
    """Of all that a training follows from."""
    digest = hashlib.sha256(json.dumps(settings.model_dump(mode="json"), sort_keys=True).encode())
    for tensor in (faces.embeddings, faces.fitting):
        digest.update(tensor.contiguous().numpy().tobytes())
    return digest.hexdigest()[:12]


def _trained(
    faces: DecoderFaces,
    settings: DecoderSettings,
    loss: DecoderLoss,
    checkpoint: Path,
    compute: Compute,
    clock: _Clock,
) -> tuple[FaceDecoder, float]:
    """The trained decoder, and how many epochs it took."""
    state = None
    with bar("epochs") as step:
        for state in train_decoder(faces, settings, loss, checkpoint, compute, clock.beyond(1.0)):
            step(round(1000 * state.epochs), 1000 * settings.epochs)
    assert state is not None
    assert state.decoder is not None, "what a training ends with is judged"
    return state.decoder, state.epochs


@torch.no_grad()
def judged(decoder: FaceDecoder, faces: DecoderFaces, chunk: int = 32) -> dict[str, MetricValue]:
    """How near decoded pictures come to those of held-out faces; chance is the mean face."""
    parts: dict[str, list[Tensor]] = {name: [] for name in ("psnr", "mean psnr", "ssim", "mean ssim")}
    for rows in faces.held_out[:_JUDGED].split(chunk):
        wanted, decoded = faces.seen(rows), decoder.pictures(faces.embeddings[rows])
        mean = decoder.mean_face.expand_as(wanted)
        parts["psnr"].append(peak_signal_to_noise(decoded, wanted))
        parts["mean psnr"].append(peak_signal_to_noise(mean, wanted))
        parts["ssim"].append(structural_similarity(decoded, wanted))
        parts["mean ssim"].append(structural_similarity(mean, wanted))
    values = {name: torch.cat(found) for name, found in parts.items()}
    return {
        "PSNR": mean_quality("PSNR", "dB", values["psnr"], values["mean psnr"]),
        "SSIM": mean_quality("SSIM", "", values["ssim"], values["mean ssim"]),
    }


def _options(settings: DecoderSettings, faces: int, minutes: float, photographs: Path | None) -> str:
    """What the command was given besides the encoder, as options."""
    preset = PRESETS[settings.side]
    options = [f" --layer {settings.layer}"] if settings.layer is not None else []
    options += [f" --perceptual {settings.perceptual}", f" --size {settings.side}"]
    own = {"encoder", "layer", "perceptual", "side", "weights"}
    for name, value in settings.model_dump(exclude=own).items():
        if value != getattr(preset, name):
            options.append(f" --{name.replace('_', '-')} {value}")
    options += [f" --weight {name}={weight:g}" for name, weight in sorted(settings.weights.items())]
    options += [f" --faces {faces}", f" --minutes {minutes:g}", " --photographs FOLDER" if photographs else ""]
    return "".join(options)


@contextmanager
def bar(title: str) -> Iterator[Step]:
    """A bar on the standard error; without a terminal, a silent one."""
    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task(title, total=None)

        def step(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        yield step
