"""Generated faces that a black box is asked about, and what white boxes see in the very same frames.

Which faces they are follows from their number alone, so that all targets, and every run, share them: their frames are
drawn and seen by white boxes once, and the black box is asked about each once. What is kept is of nobody.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file
from safetensors.torch import save as encode
from torch import Tensor

from explorer.science.blackbox.methods import FRAME, AskedFaces, frames_of
from explorer.science.inversion.objective import usual_points
from explorer.science.recognition.registry import encoder_spec
from explorer.studio import catalogue, places
from explorer.studio.blackbox.account import Account
from explorer.studio.blackbox.answer import BlackBoxError
from explorer.studio.blackbox.answers import FOLDER, picture_hash
from explorer.studio.catalogue.networks import Networks
from explorer.studio.files import atomic_write

PAGE = 50
"""Faces that are drawn and kept together."""
# Identities at their natural spread: what the maps learn has to hold for photographs.
_TRUNCATION = 1.0
# Far from the seeds of galleries and corpora, whose faces would else be asked about again.
_SEED = 40_000_000


@dataclass(frozen=True, eq=False)
class FacesAsked:
    """So many generated faces are done, of `total`. refused: in which the black box found no face."""

    done: int
    total: int
    refused: int


@dataclass(frozen=True, eq=False)
class _Page:
    """Some faces. latents: (n, K). hashes: of their frames. embeddings: (n, E) by white box. frames: (n, 256, 256, 3),
    as they were just drawn; None of a page that was kept."""

    latents: Tensor
    hashes: tuple[str, ...]
    embeddings: Mapping[str, Tensor]
    frames: NDArray[np.uint8] | None = None


class FaceSupply:
    """Draws faces by their number.

    Args:
        networks: where they are drawn and seen.
        generator: its name. whites: the encoders that see them; each must be in the cache.
        root: where pages are kept; the cache where None.
    """

    def __init__(self, networks: Networks, generator: str, whites: tuple[str, ...], root: Path | None = None) -> None:
        self._networks, self._generator, self._whites = networks, generator, whites
        drawn_by = [catalogue.sha256(encoder_spec(white).network) for white in whites]
        about = repr((generator, _SEED, _TRUNCATION, FRAME, whites, drawn_by))
        digest = hashlib.sha256(about.encode()).hexdigest()[:16]
        self._folder = (root or places.cache()) / FOLDER / f"faces-{digest}"

    def asked(self, account: Account, count: int, spared: int = 0) -> Iterator[FacesAsked | AskedFaces]:
        """Ask about the first so many faces; the last thing that comes is what is known of them.

        Args:
            spared: questions that have to be left: there are fewer faces where others had to be asked about again.

        Raises:
            BlackBoxError: as `Account.ask`; or no face was found in any.
        """
        latents, vectors, seen = [], [], {white: list[Tensor]() for white in self._whites}
        done = 0
        for number in range(-(-count // PAGE)):
            page = self._page(number)
            answers = self._answers(account, page, min(PAGE, count - number * PAGE), spared)
            for place, answer in answers.items():
                if answer is None:
                    continue
                latents.append(page.latents[place])
                vectors.append(torch.from_numpy(answer))
                for white, found in page.embeddings.items():
                    seen[white].append(found[place])
            done += len(answers)
            yield FacesAsked(done, count, done - len(vectors))
        if not vectors:
            raise BlackBoxError(f"the black box found a face in none of {done} generated faces: is it an encoder?")
        yield AskedFaces(
            torch.stack(latents), torch.stack(vectors), {white: torch.stack(one) for white, one in seen.items()}
        )

    def shown(self, number: int) -> tuple[tuple[str, ...], NDArray[np.uint8]]:
        """A page's faces by the hashes that they are known by, and their frames (50, 256, 256, 3) uint8 RGB, which are
        drawn again where the page was kept."""
        page = self._page(number)
        if page.frames is not None:
            return page.hashes, page.frames
        return page.hashes, frames_of(page.latents, "W", self._networks.generator(self._generator))

    def _answers(
        self, account: Account, page: _Page, wanted: int, spared: int
    ) -> dict[int, NDArray[np.float32] | None]:
        """What the black box says of a page's first faces; a kept page's are drawn again only if it was not asked."""
        answers: dict[int, NDArray[np.float32] | None] = {}
        for place in range(wanted):
            if account.left <= spared:
                break
            kept = account.known(page.hashes[place])
            if kept is None:
                frames = self._frame(page, place)
                (answers[place],) = account.ask(list(frames), pictures=page.hashes[place : place + 1])
            else:
                answers[place] = kept.vector
        return answers

    def _frame(self, page: _Page, place: int) -> NDArray[np.uint8]:
        if page.frames is not None:
            return page.frames[place : place + 1]
        return frames_of(page.latents[place : place + 1], "W", self._networks.generator(self._generator))

    def _page(self, number: int) -> _Page:
        path = self._folder / f"{number:05}.safetensors"
        kept = self._read(path)
        if kept is not None:
            return kept
        page = self._drawn(number)
        tensors = {"latents": page.latents, "hashes": _packed(page.hashes)}
        tensors |= {f"seen/{white}": one for white, one in page.embeddings.items()}
        places.private_folder(self._folder)
        atomic_write(path, encode(tensors))
        return page

    def _read(self, path: Path) -> _Page | None:
        """A page that is kept; None where there is none that can be used."""
        try:
            tensors = load_file(path)
            hashes = tuple(bytes(row.tolist()).hex() for row in tensors["hashes"])
            page = _Page(tensors["latents"], hashes, {white: tensors[f"seen/{white}"] for white in self._whites})
        except (OSError, SafetensorError, KeyError, ValueError):
            return None
        lengths = (len(page.latents), len(page.hashes), *(len(one) for one in page.embeddings.values()))
        whole = all(length == PAGE for length in lengths)
        return page if whole and all(re.fullmatch("[0-9a-f]{64}", one) for one in hashes) else None

    @torch.no_grad()
    def _drawn(self, number: int) -> _Page:
        generator, detector = self._networks.generator(self._generator), self._networks.detector()
        latents = generator.sample(PAGE, _SEED + number, _TRUNCATION)[1].cpu()
        hashes, seen = list[str](), {white: list[Tensor]() for white in self._whites}
        drawn = list[NDArray[np.uint8]]()
        for part in latents.split(4):
            frames = frames_of(part, "W", generator)
            drawn.append(frames)
            hashes += [picture_hash(frame) for frame in frames]
            if not self._whites:
                continue
            image = torch.from_numpy(frames).to(self._networks.device).permute(0, 3, 1, 2).float() / 255
            points, found = detector.points_in_frame(image)
            points = torch.where(found[:, None, None], points, usual_points(FRAME).to(points))
            for white in self._whites:
                seen[white].append(self._networks.recogniser(white).embed(image, points).cpu())
        embeddings = {white: torch.cat(one) for white, one in seen.items()}
        return _Page(latents, tuple(hashes), embeddings, np.concatenate(drawn))


def _packed(hashes: tuple[str, ...]) -> Tensor:
    return torch.tensor([list(bytes.fromhex(one)) for one in hashes], dtype=torch.uint8)
