"""What commands that ask a black box share: which one it is, how it is asked, and by which attack."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from explorer.science.blackbox.methods import ATTACKS
from explorer.science.inversion.settings import InversionSettings
from explorer.studio.blackbox.account import Manner
from explorer.studio.blackbox.answers import Answers, folder_of
from explorer.studio.blackbox.client import BlackBox
from explorer.studio.blackbox.endpoint import Endpoint
from explorer.studio.blackbox.program import FEEDINGS, Program
from explorer.studio.blackbox.record import DEFAULT_ATTACK, DEFAULT_QUERIES, WHITES, AttackSettings
from explorer.studio.errors import UserError

PANEL = "Black box"
_TIMEOUT, _RETRIES = 30.0, 3

BlackBoxOption = Annotated[
    str | None,
    typer.Option(
        "--blackbox",
        metavar="URL",
        rich_help_panel=PANEL,
        help="Attack an encoder that answers only embeddings, over HTTP at an address of this machine, such as "
        'http://127.0.0.1:8713: POST /embed with one PNG, answered by {"vector": [...]}.',
    ),
]
CommandOption = Annotated[
    str | None,
    typer.Option(
        "--command",
        metavar="PROGRAM",
        rich_help_panel=PANEL,
        help="Attack an encoder that is a program, started without a shell: a picture's path in each line of its "
        'input, a JSON object {"vector": [...]} in each line of its output, in order.',
    ),
]
FeedOption = Annotated[
    str | None,
    typer.Option(
        rich_help_panel=PANEL,
        help=f"How --command is given pictures ({', '.join(FEEDINGS)}): paths, a line each; or picture, started for "
        "each with the PNG on its standard input. [default: paths]",
    ),
]
AttackOption = Annotated[
    str | None,
    typer.Option(rich_help_panel=PANEL, help=f"The attack ({', '.join(ATTACKS.names())}). [default: {DEFAULT_ATTACK}]"),
]
WhiteOption = Annotated[
    list[str] | None,
    typer.Option(
        rich_help_panel=PANEL,
        help="An encoder whose weights are known, to stand in for the black box; may be given several times. "
        f"[default: {', '.join(WHITES)}]",
    ),
]
MeasureOption = Annotated[
    str | None,
    typer.Option(rich_help_panel=PANEL, help="How its vectors are compared (cosine, euclidean). [default: cosine]"),
]
RateOption = Annotated[
    float | None,
    typer.Option(min=0.001, rich_help_panel=PANEL, help="Queries a second at most. [default: as fast as it answers]"),
]
TimeoutOption = Annotated[
    float | None,
    typer.Option(min=0.1, max=3600, rich_help_panel=PANEL, help=f"Seconds for an answer. [default: {_TIMEOUT:g}]"),
]
RetriesOption = Annotated[
    int | None,
    typer.Option(
        min=0,
        max=100,
        rich_help_panel=PANEL,
        help="How often a picture is sent again that brought no answer; each time counts as a query. "
        f"[default: {_RETRIES}]",
    ),
]
AnewOption = Annotated[
    bool,
    typer.Option(
        "--ask-anew",
        rich_help_panel=PANEL,
        help="Forget what it answered before: it is another encoder now. Else no picture is asked about twice.",
    ),
]
QueriesOption = Annotated[
    int | None,
    typer.Option(
        min=1,
        rich_help_panel=PANEL,
        help=f"Pictures it may be asked about for each source, refused ones included. [default: {DEFAULT_QUERIES}]",
    ),
]


@dataclass(frozen=True)
class BoxOptions:
    """What a command was told of a black box; None for what it was not told."""

    url: str | None
    command: str | None
    feed: str | None
    rate: float | None
    timeout: float | None
    retries: int | None
    ask_anew: bool

    @property
    def is_asked(self) -> bool:
        """Whether there is a black box at all."""
        return self.url is not None or self.command is not None

    def check(self) -> None:
        """Refuse options that do not go together.

        Raises:
            UserError: so.
        """
        if self.url is not None and self.command is not None:
            raise UserError("give either --blackbox or --command, not both")
        if not self.is_asked:
            raise UserError("which black box? Give --blackbox URL or --command PROGRAM")
        if self.feed is not None and self.feed not in FEEDINGS:
            raise UserError(f"--feed is {' or '.join(FEEDINGS)}, not {self.feed}")
        if self.feed is not None and self.command is None:
            raise UserError("--feed says how a program is given pictures: it belongs to --command")

    def manner(self) -> Manner:
        """How it is asked."""
        return Manner(self.rate, _RETRIES if self.retries is None else self.retries)

    @contextmanager
    def opened(self) -> Iterator[tuple[BlackBox, Answers]]:
        """The black box, and what it has answered so far.

        Raises:
            UserError: it is not on this machine, or no program, or another process is asking it.
        """
        self.check()
        timeout = _TIMEOUT if self.timeout is None else self.timeout
        box: BlackBox
        if self.url is not None:
            box = Endpoint(self.url, timeout)
        else:
            feed = next((one for one in FEEDINGS if one == self.feed), FEEDINGS[0])
            box = Program(self.command or "", timeout, feed)
        with box, Answers(folder_of(box.key)) as answers:
            if self.ask_anew:
                answers.clear()
            yield box, answers


def attack_settings(
    search: InversionSettings,
    given: Collection[str],
    attack: str | None,
    queries: int | None,
    white: list[str] | None,
    measure: str | None,
) -> AttackSettings:
    """The settings of an attack from what a command was told; None for what it was not.

    Args:
        search: of the latent. given: names of the options of ordinary inversions that were given.

    Raises:
        UserError: a black box has no use for one of these; there is no such measure.
    """
    for name, why in _OF_WHITE_BOXES.items():
        if name in given:
            raise UserError(f"--{name.replace('_', '-')}: {why}")
    if measure not in (None, "cosine", "euclidean"):
        raise UserError(f"--measure is cosine or euclidean, not {measure}")
    told = {"attack": attack, "queries": queries, "whites": tuple(white) if white else None, "measure": measure}
    chosen: dict[str, Any] = {name: value for name, value in told.items() if value is not None}
    return AttackSettings(**chosen, search=search)


def refuse_without_black_box(given: Mapping[str, object]) -> None:
    """Refuse what belongs to black boxes where there is none.

    Args:
        given: by the names of options; None and False where an option was not given.

    Raises:
        UserError: so.
    """
    for name, value in given.items():
        if value is not None and value is not False:
            raise UserError(f"--{name.replace('_', '-')} belongs to black boxes: give --blackbox or --command as well")


_ALTERS = "a black box's vector is taken as it answers it"
_OF_WHITE_BOXES = {
    "encoder": "a black box gives no gradients to search by; --white names encoders that stand in for it",
    "targets": "landmarks and histogram are predicted from vectors of known encoders, and not of a black box",
    "film": "there are no films of attacks on black boxes",
    "noise": _ALTERS,
    "bits": _ALTERS,
    "drop": _ALTERS,
    "keep_latent": "attacks on black boxes keep no latents",
}
