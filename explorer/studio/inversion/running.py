"""One whole inversion: from a target embedding to a scored native image and the run's record.

Command line, window and benchmarks all go through here, so that they give the same results.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Container, Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.science.evaluation.score import EncoderScore
from explorer.science.evaluation.scoring import score_image
from explorer.science.generation.mixed_precision import drawing
from explorer.science.generation.registry import DEFAULT_GENERATOR, generator_spec
from explorer.science.inversion.decoded import DecodedProposer
from explorer.science.inversion.guidance import Guidance
from explorer.science.inversion.invert import InversionOutcome, Weights
from explorer.science.inversion.methods import ANSWER, METHODS, SEARCH, MethodSpec
from explorer.science.inversion.phases import drawn_resolutions, last_steps, run_phases, starts_resolution
from explorer.science.inversion.refiner import Proposer
from explorer.science.inversion.settings import InversionSettings
from explorer.science.inversion.starts import StartCache, WarmStart, proposed, to_space
from explorer.science.inversion.step import InversionStep, StartsProgress, to_uint8
from explorer.science.iteration import Steps
from explorer.studio.allocator import release_freed_memory
from explorer.studio.catalogue import probes as probing
from explorer.studio.catalogue.decoders import decoder_file, decoder_name, load_decoder
from explorer.studio.catalogue.networks import (
    LANDMARK_NETWORK,
    Networks,
    attacked_encoder,
    device_name,
    landmarks_file,
    main_networks,
    network_sha256,
    preview_head_file,
)
from explorer.studio.catalogue.photograph_encoders import photograph_encoder_file
from explorer.studio.catalogue.refiners import find_proposer, refining
from explorer.studio.catalogue.regressors import proposing, recorded_proposer
from explorer.studio.errors import UserError
from explorer.studio.inversion.guidance import guidance_for
from explorer.studio.inversion.photograph_start import PERCEPTUAL, begins_by_encoder, photograph_start
from explorer.studio.inversion.record import (
    BranchingPoint,
    InversionRun,
    Origin,
    StepRecord,
    TargetRecord,
    WeightChange,
)
from explorer.studio.inversion.values import RunTarget
from explorer.studio.origins import Parts
from explorer.studio.versions import versions


@dataclass(frozen=True, eq=False)
class InversionTarget:
    """What is inverted.

    record: where the embedding came from.
    embedding: (D,) of the attacked encoder.
    held_out: the photograph's embeddings under other encoders, (D,) each; empty for a bare vector.
    frame: (R, R, 3) uint8, the photograph's face in the common frame; None for a bare vector. Only looked at where the
        settings ask for targets from the photograph.
    """

    record: TargetRecord
    embedding: Tensor
    held_out: Mapping[str, Tensor] = field(default_factory=dict)
    frame: NDArray[np.uint8] | None = None

    @classmethod
    def of_run(cls, target: RunTarget) -> InversionTarget:
        """What the session holds as arrays, as tensors."""
        held_out = {encoder: torch.from_numpy(vector) for encoder, vector in target.held_out.items()}
        return cls(target.record, torch.from_numpy(target.vector), held_out, target.frame)


@dataclass(frozen=True, eq=False)
class GuidanceReady:
    """What is sought besides the embedding, before the search begins."""

    wanted: Guidance


@dataclass(frozen=True, eq=False)
class Rendering:
    """The search is over; the best latent is drawn at native size and scored."""


@dataclass(frozen=True, eq=False)
class FinishedInversion:
    """A run and what it made.

    native: (1024, 1024, 3) uint8 RGB, the result as it is saved and was scored.
    latent: (K,) or (L, K) as `GeneratorSpec` says, the result's.
    latents: every step's, in order.
    wanted: what was sought besides the embedding.
    """

    run: InversionRun
    native: NDArray[np.uint8]
    latent: Tensor
    latents: tuple[Tensor, ...]
    wanted: Guidance = field(default_factory=Guidance)


Inverting = Generator[GuidanceReady | StartsProgress | InversionStep | Rendering, None, FinishedInversion | None]


def run_inversion(
    networks: Networks,
    target: InversionTarget,
    settings: InversionSettings,
    *,
    branch: BranchingPoint | None = None,
    memory: StartCache | None = None,
    weights: Weights | None = None,
    recorded: Collection[str] | None = None,
    decoded: bool = False,
    wplus_encoder: Path | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Inverting:
    """Invert, draw the best step at native size and score it.

    Args, events and errors as `explorer.science.inversion.invert.invert`; `GuidanceReady` comes first, and
    `Rendering` before the result is drawn and again before it is scored.

    Args:
        branch: where it goes on from an earlier run; there are then no starts.
        memory: of the start that the run before has chosen, to be taken again where this one would choose the same.
        recorded: names of the networks of the run that this one is to repeat, whose regressor is taken; of a new one,
            None.
        decoded: whether those starts are proposed that look most like the decoder's picture, what a regressor proposes
            among them; of a run that is repeated, where the decoder took part.
        wplus_encoder: the file of the encoder that answers a photograph; the program's if None.

    Returns:
        The finished run; None where it was stopped before a start was chosen.

    Raises:
        UserError: the encoder only judges, what is sought besides the embedding cannot be had (`guidance_for`), or the
            file of a regressor or decoder is missing or damaged.
        ValueError: the settings' space cannot go on from the branch's.
    """
    attacked_encoder(settings.encoder)
    wanted = guidance_for(networks, settings, target.embedding, target.frame)
    yield GuidanceReady(wanted)
    # A photograph that is inverted begins with an answer, or with the mean face; nothing else competes.
    begun = None
    if branch is None and wanted.picture is not None:
        begun = photograph_start(networks, settings, wanted.picture, recorded, wplus_encoder)
    decoded = branch is None and begun is None and (decoded or decoder_name(settings.encoder) in (recorded or ()))
    wants = branch is None and begun is None and proposed_starts(settings) > 0
    if decoded and recorded is not None:
        wants = wants and recorded_proposer(recorded) is not None
    resolution = starts_resolution(settings)
    regressor = find_proposer(networks, settings.encoder, settings.space, resolution, recorded) if wants else None
    proposer = _looking_alike(networks, settings, regressor) if decoded else regressor
    beginning = None if branch is None else _beginning(branch, settings)
    method = SEARCH if begun is None else ANSWER
    by = proposer if begun is None else begun.proposer
    outcome, steps = yield from _search(
        networks, target, settings, wanted, method, by, beginning, memory, weights, should_stop
    )
    if outcome is None:
        return None
    outcome = outcome if begun is None else replace(outcome, begun_from=begun.origin)
    yield Rendering()
    native = draw(networks, outcome.latent, settings)
    # Between the two a consumer may leave: each takes a good part of a second.
    yield Rendering()
    scores = score_result(networks, target, settings, native)
    record = InversionRun(
        settings=settings,
        target=target.record,
        sought=sought(settings, wanted),
        steps=[step for step, _ in steps],
        weight_changes=[WeightChange(step=at, term=term, weight=weight) for at, term, weight in outcome.weight_changes],
        best_index=outcome.best_index,
        stopped_by=outcome.stopped_by,
        scores=scores,
        result_face_found=bool(scores),
        starts_seconds=outcome.starts_seconds,
        begun_from=outcome.begun_from,
        proposed_starts=0 if proposer is None else proposed(settings),
        branch=None if branch is None else branch.record,
        seconds=steps[-1][0].seconds,
        latent_sha256=latent_digest(outcome.latent),
        device=device_name(networks.device),
        versions=versions(run_parts(settings, target, steps)),
        networks=network_hashes(
            settings,
            target,
            wanted,
            regressed=regressor is not None,
            warm=branch is not None,
            recorded=recorded,
            decoded=decoded,
            wplus_encoder=wplus_encoder,
        ),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    return FinishedInversion(record, native, outcome.latent, tuple(latent for _, latent in steps), wanted)


def _looking_alike(networks: Networks, settings: InversionSettings, regressor: Proposer | None) -> DecodedProposer:
    """What proposes the starts that look most like the decoder's picture."""
    decoder, _ = load_decoder(settings.encoder)
    generator = networks.generator(settings.generator)
    return DecodedProposer(
        decoder, generator, settings.space, starts_resolution(settings), settings.truncation, regressor
    )


def proposed_starts(settings: InversionSettings) -> int:
    """How many starts a regressor proposes to a run that begins with starts; 0 where there is no regressor for it."""
    # Regressors lead to the latents of the generator whose faces they were trained on.
    wanted = settings.regressor and settings.generator == DEFAULT_GENERATOR
    wanted = wanted and settings.targets != "picture"
    there = wanted and proposing(settings.encoder, settings.space) is not None
    return proposed(settings) if there else 0


def _search(
    networks: Networks,
    target: InversionTarget,
    settings: InversionSettings,
    wanted: Guidance,
    method: MethodSpec,
    regressor: Proposer | None,
    beginning: WarmStart | None,
    memory: StartCache | None,
    weights: Weights | None,
    should_stop: Callable[[], bool],
) -> Generator[StartsProgress | InversionStep, None, tuple[InversionOutcome | None, list[tuple[StepRecord, Tensor]]]]:
    held_out = {
        encoder: (networks.recogniser(encoder), embedding.to(networks.device))
        for encoder, embedding in target.held_out.items()
        if encoder != settings.encoder
    }
    running = Steps(
        METHODS[method.name].invert(
            target.embedding.to(networks.device),
            settings,
            generator=networks.generator(settings.generator),
            recogniser=networks.recogniser(settings.encoder),
            detector=networks.detector(),
            held_out=held_out,
            wanted=wanted.to(networks.device),
            landmarks=networks.landmarks() if wanted.landmarks is not None else None,
            regressor=regressor,
            beginning=beginning,
            memory=memory,
            weights=weights,
            should_stop=should_stop,
        )
    )
    steps: list[tuple[StepRecord, Tensor]] = []
    # Behind these steps come images of another size.
    last_of_phase = last_steps(run_phases(settings, warm=beginning is not None))
    for event in running:
        if isinstance(event, InversionStep):
            steps.append((step_record(event), event.latent))
            if event.index in last_of_phase:
                release_freed_memory()
        yield event
    return running.result, steps


def _beginning(branch: BranchingPoint, settings: InversionSettings) -> WarmStart:
    latent = to_space(branch.latent, branch.record.settings, settings)
    return WarmStart(latent, branch.record.steps)


def run_parts(
    settings: InversionSettings, target: InversionTarget, steps: Sequence[tuple[StepRecord, Tensor]]
) -> Parts:
    """What took part in a run, by name; of the loss terms those that had a weight."""
    weighted = {term for step, _ in steps for term, weight in step.weights.items() if weight > 0}
    return {
        "encoders": (settings.encoder, *target.held_out),
        "generators": (settings.generator,),
        "terms": sorted(weighted),
    }


def step_record(step: InversionStep) -> StepRecord:
    """The numbers of a step, without its picture and latent."""
    return StepRecord(
        index=step.index,
        seconds=step.seconds,
        total=step.total,
        losses=dict(step.losses),
        weights=dict(step.weights),
        cosine=step.cosine,
        scores=dict(step.scores),
        best=step.best,
        resolution=step.resolution,
    )


@torch.no_grad()
def draw(
    networks: Networks, latent: Tensor, settings: InversionSettings, resolution: int | None = None
) -> NDArray[np.uint8]:
    """The image of a latent of the settings' generator and space, (R, R, 3) uint8 RGB; at native size where None.

    A smaller picture is the one that the search saw, in the settings' precision.

    Raises:
        AbsentGeneratorError: the generator is not on this machine.
        UserError: another generator has its name, whose latents have another shape.
    """
    generator = networks.generator(settings.generator)
    wanted = generator.spec.latent_shape(settings.space)
    if latent.shape != wanted:
        shapes = f"{tuple(latent.shape)}, not {wanted}"
        raise UserError(f"the latent was made by another generator called {settings.generator}: its shape is {shapes}")
    styles = generator.styles(latent[None].to(networks.device), settings.space)
    draws = drawing(generator, mixed=settings.precision == "mixed")
    return to_uint8(draws(styles, resolution or generator.spec.resolution)[0])


def score_result(
    networks: Networks, target: InversionTarget, settings: InversionSettings, native: NDArray[np.uint8]
) -> list[EncoderScore]:
    """Score a native image under every encoder whose target is known; empty where it shows no face."""
    targets = {settings.encoder: target.embedding, **target.held_out}
    return score_image(
        native,
        targets,
        settings.encoder,
        detector=networks.detector(),
        recognisers={encoder: networks.recogniser(encoder) for encoder in targets},
        calibrations={encoder: networks.calibration(encoder) for encoder in targets},
    )


def sought(settings: InversionSettings, wanted: Guidance) -> dict[str, Origin]:
    """Where each thing that is sought besides the embedding came from, by the name of its loss term."""
    if settings.targets == "none":
        return {}
    if settings.targets == "picture":
        return {"perceptual": "photograph", "pixels": "photograph"}
    held = {"landmarks": wanted.landmarks, "histogram": wanted.histogram}
    origin: Origin = settings.targets
    return {name: origin for name, one in held.items() if one is not None}


def latent_digest(latent: Tensor) -> str:
    """sha256 of a latent's numbers: it tells whether another run came to the same ones, and not what they are."""
    return hashlib.sha256(latent.detach().cpu().numpy().astype("<f4").tobytes()).hexdigest()


def network_hashes(
    settings: InversionSettings,
    target: InversionTarget,
    wanted: Guidance,
    *,
    regressed: bool,
    warm: bool = False,
    recorded: Container[str] | None = None,
    decoded: bool = False,
    wplus_encoder: Path | None = None,
) -> dict[str, str]:
    """sha256 of every network file that takes part in an inversion, by catalogue id.

    Args:
        regressed: whether a regressor proposed starts. recorded, wplus_encoder: as of `run_inversion`.
        warm: whether it goes on from a step of an earlier run. decoded: whether the decoder proposed some.
    """
    generator = generator_spec(settings.generator)
    ids = list(main_networks(sorted({settings.encoder, *target.held_out}), generator.id))
    if settings.targets == "photograph":
        ids.append(LANDMARK_NETWORK)
    if settings.targets == "picture":
        ids.append(PERCEPTUAL)
    own = [preview_head_file(r) for r in drawn_resolutions(settings, warm=warm) if r in generator.heads]
    own += [landmarks_file("heatmap")] if wanted.landmarks is not None else []
    own += [probing.probes_in_use(settings.encoder)] if settings.targets == "vector" else []
    if settings.targets == "picture" and not warm and begins_by_encoder(settings, recorded, wplus_encoder):
        own.append(wplus_encoder or photograph_encoder_file())
    if regressed:
        proposers = (find(settings.encoder, settings.space, recorded) for find in (proposing, refining))
        own += [file for file in proposers if file is not None]
    files = {file.stem: file for file in own}
    if decoded:
        files[decoder_name(settings.encoder)] = decoder_file(settings.encoder)
    hashes = {id_: network_sha256(id_) for id_ in ids}
    return hashes | {name: hashlib.sha256(file.read_bytes()).hexdigest() for name, file in files.items()}
