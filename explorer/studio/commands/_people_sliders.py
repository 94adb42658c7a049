"""MakeHuman's sliders as options of commands that draw people, and what is said of a slider that is none."""

from __future__ import annotations

from typing import Annotated

import typer

from explorer.science.synthetic.scene import GENDERS, GROUPS
from explorer.studio.errors import UserError

GroupOption = Annotated[
    str | None, typer.Option(help=f"Slider that is highest, labelled: {', '.join(GROUPS)}.", metavar="NAME")
]
GenderOption = Annotated[
    str | None, typer.Option(help=f"End that its slider is nearer to: {', '.join(GENDERS)}.", metavar="NAME")
]


def require_sliders(group: object, gender: object) -> None:
    """Check that what is asked for is named as a slider, or an end of one.

    Raises:
        UserError: it is not.
    """
    for name, said, known in (("group", group, GROUPS), ("gender", gender, GENDERS)):
        if said is not None and said not in known:
            raise UserError(f"--{name} {said}: MakeHuman's sliders are {', '.join(known)}; choose one of these")
