"""What a teacher answered for faces, kept in a work folder: an interrupted call goes on behind the last page."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from safetensors.torch import save as encode
from torch import Tensor

from explorer.science.faces.alignment import ARCFACE_112, align
from explorer.science.inversion.objective import usual_points
from explorer.science.training.student import TaughtFaces
from explorer.studio.blackbox.account import BudgetSpentError
from explorer.studio.catalogue.networks import Networks
from explorer.studio.errors import UserError
from explorer.studio.files import atomic_write
from explorer.studio.places import private_folder
from explorer.studio.students.sources import FramePage, FrameSource
from explorer.studio.students.teachers import Asked, Teacher

_NAMES = ("faces", "answers", "people")
# Frames that are looked at together.
_AT_ONCE = 8
# Told how many of how many pages are done.
Step = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class AnsweredFaces:
    """Faces that a teacher has answered for.

    faces: (N, 112, 112, 3) uint8 RGB, as a student sees them. answers: (N, D). people: (N,) whose each is, told apart
    by source. queries: pictures that were asked about. words: what they are. generated: as of `FrameSource`.
    """

    faces: Tensor
    answers: Tensor
    people: Tensor
    queries: int
    words: str
    generated: int = 0

    @property
    def taught(self) -> TaughtFaces:
        """As a student learns from them."""
        return TaughtFaces(self.faces, self.answers)


def answered_faces(
    sources: Sequence[FrameSource], teacher: Teacher, networks: Networks, work: Path, step: Step
) -> AnsweredFaces:
    """Ask a teacher about all faces of some sources, as far as its budget goes.

    Args:
        networks: their detector finds the faces once more in the frames.
        work: where pages of faces and answers are kept, readable by their owner only.

    Raises:
        UserError: it found a face in none. BlackBoxError: it cannot be asked.
    """
    folder = private_folder(work / f"taught-{teacher.key}")
    parts, total, done, before = list[dict[str, Tensor]](), sum(one.pages for one in sources), 0, teacher.queries
    with suppress(BudgetSpentError):
        for at, source in enumerate(sources):
            for number in range(source.pages):
                part = _page(source, number, teacher, networks, folder)
                parts.append(part | {"people": part["people"] + (at << 32)})
                done += 1
                step(done, total)
    if not sum(len(part["faces"]) for part in parts):
        raise UserError(f"{teacher.title} found a face in none of {teacher.queries - before} pictures")
    whole = {name: torch.cat([part[name] for part in parts if len(part["faces"])]) for name in _NAMES}
    words = " and ".join(source.words for source in sources)
    asked = teacher.queries - before
    return AnsweredFaces(**whole, queries=asked, words=words, generated=sum(one.generated for one in sources))


def _page(source: FrameSource, number: int, teacher: Teacher, networks: Networks, folder: Path) -> dict[str, Tensor]:
    """A page as it is kept, or asked about now."""
    file = folder / f"{hashlib.sha256(source.key(number).encode()).hexdigest()[:16]}.safetensors"
    with suppress(OSError, SafetensorError, KeyError):
        kept = load_file(file)
        if teacher.remembers([bytes(row.tolist()).hex() for row in kept["pictures"]]):
            return {name: kept[name] for name in _NAMES}
    page = source.page(number)
    part = _answered(page, teacher, networks)
    pictures = torch.tensor([list(bytes.fromhex(one)) for one in page.pictures], dtype=torch.uint8).reshape(-1, 32)
    atomic_write(file, encode(part | {"pictures": pictures}), mode=0o600)
    return part


@torch.no_grad()
def _answered(page: FramePage, teacher: Teacher, networks: Networks) -> dict[str, Tensor]:
    faces, answers, people = list[Tensor](), list[Tensor](), list[int]()
    for first in range(0, len(page.frames), _AT_ONCE):
        some = slice(first, first + _AT_ONCE)
        frames = page.frames[some]
        image = torch.from_numpy(frames).permute(0, 3, 1, 2).float() / 255
        points, found = networks.detector().points_in_frame(image.to(networks.device))
        points = torch.where(found[:, None, None], points, usual_points(image.shape[-1]).to(points)).cpu()
        aligned = align(image, points, ARCFACE_112).clamp(0, 1).mul(255).round().byte().permute(0, 2, 3, 1)
        said = teacher.answer(Asked(frames, points, page.pictures[some], page.photographs[some]))
        for face, answer, person in zip(aligned, said, page.people[some], strict=True):
            if answer is not None:
                faces.append(face)
                answers.append(answer.float().cpu())
                people.append(person)
    if not faces:
        return {"faces": torch.empty(0, 112, 112, 3).byte(), "answers": torch.empty(0), "people": torch.empty(0).long()}
    return {"faces": torch.stack(faces), "answers": torch.stack(answers), "people": torch.tensor(people)}
