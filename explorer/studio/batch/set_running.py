"""A data set as one of the batch's jobs: made picture by picture, beside the window."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from explorer.studio.cluster.distributing import beside_the_window, distribute
from explorer.studio.outputs import as_folder, result_folder
from explorer.studio.people.values import PeopleSettings
from explorer.studio.populations.list_file import people_list_file
from explorer.studio.populations.photoreal import opened_list, require_networks
from explorer.studio.populations.samples import require_seeds
from explorer.studio.populations.set_card import set_words, write_beside
from explorer.studio.populations.set_making import SetWork, alike, finish_set, parts_of
from explorer.studio.populations.values import SetSettings


@dataclass(frozen=True)
class SetPicture:
    """A picture was drawn. done: how many are, of total. part: that it is in."""

    done: int
    total: int
    part: str


@dataclass(frozen=True)
class SetDone:
    """The set is whole. place: its folder. words: how large it is, by split."""

    place: Path
    words: str


def run_set_job(settings: SetSettings, out: Path) -> Generator[SetPicture, None, SetDone]:
    """Make a set; whoever closes the generator leaves nothing of it.

    Raises:
        UserError: the folder is a file, a network or the list is missing, or seeds end too early.
        RuntimeError: a process failed or was killed.
    """
    people, file, digest = settings.people, people_list_file(), ""
    if isinstance(people, PeopleSettings):
        require_seeds(people)
    else:
        digest = opened_list(file, people)[1]
        require_networks(people)
    total, done, parts = people.count * people.pictures, 0, parts_of(settings)
    with result_folder(as_folder(out), lambda text: None) as result:
        work = SetWork(result.folder, settings, file, digest, "cpu")
        with closing(distribute(work, parts, alike(beside_the_window()))) as steps:
            for step in steps:
                if not step.finished:
                    done += 1
                    yield SetPicture(done, total, str(step.job))
        made = finish_set(work, parts)
        write_beside(result.folder, settings, made, set_words(settings), digest)
    said = "; ".join(f"{split}: {many} people, {made.pictures[split]} pictures" for split, many in made.people.items())
    return SetDone(result.place, said)
