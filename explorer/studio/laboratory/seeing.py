"""What an encoder, its probes and its decoder make of a face in the laboratory, and the numbers of that in rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from torch import Tensor

from explorer.science.evaluation.score import EncoderScore
from explorer.science.evaluation.scoring import judge
from explorer.science.leakage.readout import Origin, Readout
from explorer.science.recognition.registry import encoder_spec
from explorer.studio.arrays import Frame
from explorer.studio.catalogue.networks import Networks
from explorer.studio.catalogue.probes import load_probes, with_probes
from explorer.studio.export.tables import Row
from explorer.studio.laboratory.decoding_hook import decoder_of


@dataclass(frozen=True, eq=False)
class SeenFace:
    """What one encoder sees of a face, as it is or changed.

    embedding: (D,). score: beside the face as it is; None of that itself. readouts: none where it has no probes.
    decoded: (S, S, 3), what its decoder draws; None where there is none.
    """

    encoder: str
    embedding: Tensor
    score: EncoderScore | None
    readouts: tuple[Readout, ...]
    decoded: Frame | None


def see(
    networks: Networks, encoder: str, embedding: Tensor, origin: Origin, before: SeenFace | None = None
) -> SeenFace:
    """Compare an embedding (D,) with that of the face as it is, read it and decode it.

    Args:
        origin: what the embedding is of. before: of the face as it is; None of that itself.

    Raises:
        UserError: the encoder's probes are damaged.
    """
    embedding, score = embedding.detach().float().cpu(), None
    if before is not None:
        score = judge(encoder_spec(encoder), networks.calibration(encoder), embedding, before.embedding, attacked=False)
    readouts = tuple(load_probes(encoder).read(embedding, origin)) if with_probes([encoder]) else ()
    decode = decoder_of(networks, encoder)
    return SeenFace(encoder, embedding, score, readouts, None if decode is None else decode(embedding))


def score_words(one: SeenFace | None) -> str:
    """The number beside a picture: its score, nothing of the face as it is, words where no face was found."""
    if one is None:
        return "not found"
    return "" if one.score is None else f"{one.score.score:.2f}"


def seen_rows(before: SeenFace, now: SeenFace | None) -> Iterator[Row]:
    """A row a number: the score beside the face as it is, then what each probe says before and after.

    Args:
        now: None where no face was found.
    """
    score, measure = None if now is None else now.score, encoder_spec(before.encoder).measure
    yield {
        "encoder": before.encoder,
        "what": "cosine" if measure == "cosine" else "distance",
        "before": 1.0 if measure == "cosine" else 0.0,
        "after": None if score is None else score.score,
        "threshold": None if score is None else score.threshold,
        "passes": False if now is None else None if score is None else score.passes,
        "fmr": None if score is None else score.fmr,
        "tells": None,
        "said_before": None,
        "said_after": None if now is not None else "no face is found",
    }
    for one, other in zip(before.readouts, () if now is None else now.readouts, strict=now is not None):
        if (was := number_of(one)) is not None:
            yield {
                "encoder": before.encoder,
                "what": one.probe,
                "before": was,
                # Of classes the probability of what was said of the face as it is.
                "after": other.probabilities.get(one.text) if one.probabilities else number_of(other),
                "threshold": None,
                "passes": None,
                "fmr": None,
                "tells": one.tells,
                "said_before": one.text,
                "said_after": other.text,
            }


def number_of(one: Readout) -> float | None:
    """What a readout comes to: the probability of its class, or its value; None of landmarks and colours."""
    if one.probabilities:
        return one.probability
    return one.value if isinstance(one.value, float) else None


def changed_words(before: SeenFace, now: SeenFace) -> str:
    """What those probes that tell anything say otherwise than of the face as it is, such as "glasses none > worn"."""
    pairs = zip(before.readouts, now.readouts, strict=True)
    told = [(a, b) for a, b in pairs if a.text != b.text and a.tells is not False and number_of(a) is not None]
    return ", ".join(f"{a.title.lower()} {a.text} > {b.text}" for a, b in told)


def told_words(before: SeenFace, now: SeenFace) -> str:
    """What an encoder says of a changed face in a line: the score, where that lies, and what probes say otherwise."""
    score, said = now.score, changed_words(before, now)
    assert score is not None, "what is changed is compared with the face as it is"
    kind = "cosine" if score.measure == "cosine" else "distance"
    passes = "" if score.passes is None else ", passes" if score.passes else ", does not pass"
    at = "" if score.threshold is None else f" (threshold {score.threshold:.3f}{passes})"
    return f"{kind:<8} {score.score:6.3f}{at}{f'; {said}' if said else ''}"
