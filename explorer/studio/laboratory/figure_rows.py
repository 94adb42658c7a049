"""Rows of faces as decoders draw them (figures 1 and 3 to 7), of clusters' centroids and of means (14 and 15)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.science.evaluation.pictures import peak_signal_to_noise
from explorer.science.evaluation.scoring import embed_face
from explorer.science.faces.alignment import crop_frame
from explorer.science.inversion.step import to_uint8
from explorer.science.laboratory.templates import averages_of, averaging_of, clusters_of, template_of
from explorer.science.recognition.base import Encoder, Metric
from explorer.science.recognition.score_reference import impostor_scores, score_matrix
from explorer.science.recognition.tapping import tapped
from explorer.studio.catalogue.networks import Networks
from explorer.studio.corpus.decoder_faces import FRAME, sized
from explorer.studio.corpus.decoder_table import Consume, searched_frame
from explorer.studio.export.picture_grid import Cell
from explorer.studio.laboratory.figure_presets import FigureSettings
from explorer.studio.laboratory.figure_values import Drawn, FigureDecoder, FigureFace, titles_of

ORIGINAL, SEARCH, MEAN_FACE = "original", "search", "mean face"
# Of figure 15, as far as there are photographs; the mean of all comes last.
_COUNTS = (1, 2, 3, 5, 8, 10, 15, 20, 30, 50)

Matrix = NDArray[np.float32]


def rows_of_faces(
    networks: Networks,
    faces: Sequence[FigureFace],
    decoders: Sequence[FigureDecoder],
    settings: FigureSettings,
    consume: Consume,
) -> Drawn:
    """A column a face: the photograph, what it is compared with, and a row a decoder.

    Args:
        consume: runs a search to its end (figure 6).
    """
    frames = [crop_frame(one.photograph, one.face, FRAME).frame for one in faces]
    pictures: dict[str, list[Tensor]] = {}
    digests: dict[str, str] = {}
    first = decoders[0]
    if settings.number == "6":
        made = [searched_frame(networks, one, settings.search, consume) for one in _embedded(networks, faces, first)]
        pictures[SEARCH] = [sized(frame, first.decoder.side) for frame, _ in made]
        digests = {name: digest for _, finished in made for name, digest in finished.run.networks.items()}
    if settings.number == "7":
        pictures[MEAN_FACE] = [first.decoder.mean_face] * len(faces)
    for title, one in zip(titles_of(decoders), decoders, strict=True):
        pictures[title] = list(one.decoder.pictures(_embedded(networks, faces, one)))
    rows: list[list[Cell | None]] = [_originals(frames)]
    numbers: dict[str, float | None] = {}
    for title, row in pictures.items():
        psnr = [_psnr(picture, frame) for picture, frame in zip(row, frames, strict=True)]
        numbers |= {f"{title}, {place}, PSNR": value for place, value in enumerate(psnr, 1)}
        told = settings.number in ("6", "7")
        rows.append(
            [
                Cell(
                    to_uint8(picture),
                    (f"{value:.1f} dB", f"{value:.1f}") if told else (),
                    reconstruction=title != MEAN_FACE,
                    title="" if place else title,
                )
                for place, (picture, value) in enumerate(zip(row, psnr, strict=True))
            ]
        )
    return Drawn([""] * len(faces), rows, numbers, digests)


def rows_of_clusters(
    networks: Networks, faces: Sequence[FigureFace], decoders: Sequence[FigureDecoder], settings: FigureSettings
) -> Drawn:
    """A row a decoder: what it draws of the centroids of the clusters of the photographs, the largest first."""
    rows, numbers, told = list[list[Cell | None]](), dict[str, float | None](), list[str]()
    for title, one in zip(titles_of(decoders), decoders, strict=True):
        measure, vectors = _encoder(networks, one).spec.measure, _embedded(networks, faces, one)
        matrix = vectors.numpy()
        threshold = settings.threshold
        if threshold is None:
            threshold = float(impostor_scores(vectors, measure).mean())
        clusters = clusters_of(matrix, measure, threshold)
        counts = np.bincount(clusters)[: settings.most]
        centroids = [template_of(matrix[clusters == number], averaging_of(measure)) for number in range(len(counts))]
        cells = [
            Cell(to_uint8(picture), (f"{count} of {len(faces)}", f"{count}"), title="" if place else title)
            for place, (picture, count) in enumerate(zip(_decoded(one, centroids), counts.tolist(), strict=True))
        ]
        rows.append([*cells])
        numbers |= {f"{title}, photograph {place}, cluster": float(number) for place, number in enumerate(clusters, 1)}
        numbers[f"{title}, threshold"] = threshold
        more = int(clusters.max()) + 1 - len(counts)
        told.append(f"{title} at {threshold:z.2f}{f', {more} more clusters' if more else ''}")
    columns = max(map(len, rows))
    padded = [[*row, *([None] * (columns - len(row)))] for row in rows]
    return Drawn([""] * columns, padded, numbers, note=f"Clusters are joined by their mean score: {'; '.join(told)}")


def rows_of_means(
    networks: Networks, faces: Sequence[FigureFace], decoders: Sequence[FigureDecoder], settings: FigureSettings
) -> Drawn:
    """A row a decoder: what it draws of the mean of the first 1, 2, ... photographs, and of all."""
    order = np.random.default_rng(settings.seed).permutation(len(faces))
    fewer = [count for count in _COUNTS if count < len(faces)][: settings.most - 1]
    counts = [*fewer, len(faces)]
    rows, numbers = list[list[Cell | None]](), dict[str, float | None]()
    for title, one in zip(titles_of(decoders), decoders, strict=True):
        measure, vectors = _encoder(networks, one).spec.measure, _embedded(networks, faces, one).numpy()[order]
        means = averages_of(vectors, averaging_of(measure))[[count - 1 for count in counts]]
        scores = _scores(means, measure)
        cells = [
            Cell(to_uint8(picture), (f"N = {count}: {score:z.2f}", f"{score:z.2f}"), title="" if place else title)
            for place, (picture, count, score) in enumerate(zip(_decoded(one, means), counts, scores, strict=True))
        ]
        rows.append([*cells])
        numbers |= {f"{title}, mean of {count}": score for count, score in zip(counts, scores, strict=True)}
    words = ", ".join(map(str, counts))
    return Drawn([""] * len(counts), rows, numbers, note=f"From left to right: means of {words} photographs")


def _scores(means: Matrix, measure: Metric) -> list[float]:
    """The score of each mean to the last."""
    found = score_matrix(torch.from_numpy(means), torch.from_numpy(means[-1:]), measure)[:, 0]
    return [float(score) for score in found]


def _decoded(one: FigureDecoder, vectors: Sequence[Matrix] | Matrix) -> Tensor:
    return one.decoder.pictures(torch.from_numpy(np.stack(list(vectors))))


def _originals(frames: Sequence[NDArray[np.uint8]]) -> list[Cell | None]:
    return [Cell(frame, reconstruction=False, title="" if place else ORIGINAL) for place, frame in enumerate(frames)]


def _psnr(picture: Tensor, frame: NDArray[np.uint8]) -> float:
    return float(peak_signal_to_noise(picture[None].cpu(), sized(frame, picture.shape[-1])[None]))


def _encoder(networks: Networks, one: FigureDecoder) -> Encoder:
    return tapped(networks.recogniser(one.encoder), one.layer)


def _embedded(networks: Networks, faces: Sequence[FigureFace], one: FigureDecoder) -> Tensor:
    """The embeddings (N, D) that a decoder draws from."""
    encoder = _encoder(networks, one)
    return torch.stack([embed_face(encoder, face.photograph, face.face).float() for face in faces])
