"""What commands that draw people by MakeHuman's sliders say of a slider that is none."""

from __future__ import annotations

from explorer.science.synthetic.scene import GENDERS, GROUPS
from explorer.studio.errors import UserError


def require_sliders(group: object, gender: object) -> None:
    """Check that what is asked for is named as a slider, or an end of one.

    Raises:
        UserError: it is not.
    """
    for name, said, known in (("group", group, GROUPS), ("gender", gender, GENDERS)):
        if said is not None and said not in known:
            raise UserError(f"--{name} {said}: MakeHuman's sliders are {', '.join(known)}; choose one of these")
