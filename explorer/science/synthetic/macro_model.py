"""What MakeHuman's macro sliders and local controls do to a head, in the space of the project's own morphable model.

The model's heads were sampled from these very sliders (`science.training.morphable_model`); their effects, projected
onto the model's components, draw people in its space whose labels are known: shares of three groups, gender, age and
weight. *Groups* and *genders* are names of a modelling programme's sliders here, given by its authors to shapes that
they modelled. They are no people, no measurement of people, and say nothing about anybody.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.science.geometry.morphable_model import MorphableModel, MorphableModelError
from explorer.science.synthetic.scene import GENDERS, GROUPS

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

_VERSION = "1"
_OF_SKINS = 0.6


@dataclass(frozen=True)
class MacroSpread:
    """How sliders and controls are drawn: as those of the faces that the model was made of.

    concentration: of the Dirichlet distribution of the groups' shares. weight, control, asymmetry: deviations.
    """

    concentration: float = 0.4
    weight: float = 0.45
    control: float = 0.17
    asymmetry: float = 0.04


@dataclass(frozen=True, eq=False)
class MacroModel:
    """Effects of sliders and controls in deviations of a morphable model's K components, and colours of skins.

    model: its name. digest: of its components, which these effects are of.
    rest: (K,), where the head lies of which nothing is set. targets: M names. effects: (M, K), of each at 1.
    control_of: (S,) the control that each setting is of; those of two sides are two settings.
    low, high: (S, K), of settings at -1 and 1.
    skins: names, such as "young_asian_female". skin_colours: (N, A) in deviations of the model's albedo.
    normals: (1 + G, K), of length 1: the gender vectors that linear support vector machines found among people drawn
        from these very numbers, of all and of each group; before they were found, (0, K).

    Example:
        >>> macros.components, macros.gender_vector().shape, len(macros.targets)  # of the file that ships
        (80, (80,), 24)
    """

    model: str
    digest: str
    rest: Floats
    targets: tuple[str, ...]
    effects: Floats
    control_of: Whole
    low: Floats
    high: Floats
    skins: tuple[str, ...]
    skin_colours: Floats
    normals: Floats
    spread: MacroSpread = MacroSpread()

    @property
    def components(self) -> int:
        """How many components of shape they are of."""
        return len(self.rest)

    @property
    def paired(self) -> NDArray[np.bool_]:
        """(S,) whether a setting is of one side of the head and has a partner."""
        return np.bincount(self.control_of)[self.control_of] > 1

    def check(self, model: MorphableModel) -> None:
        """Refuse a model that the effects are not of.

        Raises:
            MorphableModelError: it is another.
        """
        if digest_of(model) != self.digest:
            raise MorphableModelError(
                f"vectors of groups and gender are those of {self.model} as it ships: {model.name} has none"
            )

    def shapes(self, gender: Floats, age: Floats, weight: Floats, groups: Floats, settings: Floats) -> Floats:
        """(N, K) the coefficients of N heads.

        Args:
            gender: (N,), 0 female to 1 male. age: (N,), 0 young to 1 old. weight: (N,) -1 to 1.
            groups: (N, 3) shares that add up to 1. settings: (N, S) of the controls, -1 to 1.
        """
        shares = macro_shares(gender, age, weight, groups)
        by_macros = np.stack([shares[name] for name in self.targets], 1) @ self.effects
        shapes: Floats = (
            self.rest + by_macros + np.maximum(settings, 0) @ self.high + np.maximum(-settings, 0) @ self.low
        )
        return shapes

    def gender_vector(self) -> Floats:
        """(K,) the model's own: from female to male at middle age and weight, each group a third (6.2.3)."""
        ends = self._means(np.array([0.0, 1.0]), np.full((2, len(GROUPS)), 1 / len(GROUPS)))
        vector: Floats = ends[1] - ends[0]
        return vector

    def middle(self) -> Floats:
        """(K,) the head of middle age, weight and gender, each group a third."""
        middle: Floats = self._means(np.array([0.5]), np.full((1, len(GROUPS)), 1 / len(GROUPS)))[0]
        return middle

    def vectors(self) -> dict[str, Floats]:
        """The model's own, (K,) each by name, from one end of a slider to the other, the others in their middle.

        Gender from female to male, weight from thin to heavy, age from young to old.
        """
        ends, still, thirds = np.array([0.0, 1.0]), np.full(2, 0.5), np.full((2, len(GROUPS)), 1 / len(GROUPS))
        none = np.zeros((2, len(self.control_of)))
        weight = self.shapes(still, still, 2 * ends - 1, thirds, none)
        age = self.shapes(still, ends, np.zeros(2), thirds, none)
        return {"gender": self.gender_vector(), "weight": weight[1] - weight[0], "age": age[1] - age[0]}

    def colour_vectors(self) -> dict[str, Floats]:
        """(A,) each by the names of `vectors`: between the means of skins that were painted for either end.

        Of weight no skin was painted: its vector is 0.
        """
        kinds = [skin.split("_") for skin in self.skins]

        def mean(part: str) -> Floats:
            rows = [place for place, kind in enumerate(kinds) if part in kind]
            found: Floats = self.skin_colours[rows].mean(0) if rows else self.skin_colours.mean(0)
            return found

        none = np.zeros(self.skin_colours.shape[1])
        return {"gender": mean("male") - mean("female"), "weight": none, "age": mean("old") - mean("young")}

    def group_directions(self) -> Floats:
        """(3, K) from the middle of the groups to where each lies with its slider at 1; other sliders stand still."""
        ends = self._means(np.full(len(GROUPS), 0.5), np.eye(len(GROUPS)))
        directions: Floats = ends - ends.mean(0)
        return directions

    def _means(self, gender: Floats, groups: Floats) -> Floats:
        count = len(gender)
        return self.shapes(
            gender, np.full(count, 0.5), np.zeros(count), groups, np.zeros((count, len(self.control_of)))
        )

    def colour_means(self) -> Floats:
        """(3, A) the mean colour of each group's skins."""
        return np.stack([self.skin_colours[self._of_group(group)].mean(0) for group in GROUPS])

    def colour_spread(self) -> Floats:
        """(A,) how far skins are drawn from the mean of their group: a share of how far the painted ones lie from it.

        At the whole of it some would be redder than any that was painted.
        """
        apart = [self.skin_colours[rows] - self.skin_colours[rows].mean(0) for rows in map(self._of_group, GROUPS)]
        whole = np.concatenate(apart)
        return np.asarray(_OF_SKINS * np.sqrt((whole**2).sum(0) / (len(whole) - len(GROUPS))))

    def _of_group(self, group: str) -> Whole:
        return np.flatnonzero([f"_{group}_" in skin for skin in self.skins])


def macro_shares(gender: Floats, age: Floats, weight: Floats, groups: Floats) -> dict[str, Floats]:
    """How much of each of MakeHuman's macro targets N heads have, (N,) each, by the targets' names.

    Args:
        gender: (N,), 1 male. age: (N,), 1 old. weight: (N,) -1 to 1. groups: (N, 3) shares of `GROUPS`.
    """
    shares = {}
    weights = {
        "averageweight": 1 - np.abs(weight),
        "maxweight": np.maximum(weight, 0),
        "minweight": np.maximum(-weight, 0),
    }
    for sex, of_gender in zip(GENDERS, (1 - gender, gender), strict=True):
        for years, of_age in zip(("old", "young"), (age, 1 - age), strict=True):
            for place, group in enumerate(GROUPS):
                shares[f"{group}-{sex}-{years}"] = of_gender * of_age * groups[:, place]
            for kind, of_kind in weights.items():
                shares[f"universal-{sex}-{years}-averagemuscle-{kind}"] = of_gender * of_age * of_kind
    return shares


def digest_of(model: MorphableModel) -> str:
    """What tells a model's components of shape from all others: of its numbers as they are stored."""
    return hashlib.sha256(model.identity.cpu().half().numpy().tobytes()).hexdigest()[:16]


def to_arrays(macros: MacroModel) -> tuple[dict[str, NDArray[np.generic]], dict[str, str]]:
    """Arrays and metadata for a safetensors file; effects in half precision, 0.001 deviations."""
    halved = {
        name: getattr(macros, name).astype(np.float16)
        for name in ("rest", "effects", "low", "high", "skin_colours", "normals")
    }
    told = {
        "version": _VERSION,
        "model": macros.model,
        "digest": macros.digest,
        "targets": json.dumps(macros.targets),
        "skins": json.dumps(macros.skins),
        "spread": json.dumps(asdict(macros.spread)),
    }
    return {**halved, "control_of": macros.control_of.astype(np.int16)}, told


def from_arrays(arrays: Mapping[str, NDArray[np.generic]], metadata: Mapping[str, str]) -> MacroModel:
    """What `to_arrays` wrote.

    Raises:
        MorphableModelError: something is missing, or does not fit.
    """
    if metadata.get("version") != _VERSION:
        raise MorphableModelError("the file holds no vectors of groups and gender of this version: make it again")
    try:
        read = MacroModel(
            model=metadata["model"],
            digest=metadata["digest"],
            targets=tuple(json.loads(metadata["targets"])),
            skins=tuple(json.loads(metadata["skins"])),
            spread=MacroSpread(**json.loads(metadata["spread"])),
            control_of=arrays["control_of"].astype(np.int64),
            **{
                name: arrays[name].astype(np.float64)
                for name in ("rest", "effects", "low", "high", "skin_colours", "normals")
            },
        )
    except (KeyError, TypeError, ValueError) as error:
        raise MorphableModelError(f"the file of vectors of groups and gender is damaged ({error})") from error
    _check(read)
    return read


def _check(macros: MacroModel) -> None:
    count, settings, none = macros.components, len(macros.control_of), np.zeros(1)
    fits = (
        set(macros.targets) == set(macro_shares(none, none, none, np.zeros((1, len(GROUPS)))))
        and macros.effects.shape == (len(macros.targets), count)
        and macros.low.shape == macros.high.shape == (settings, count)
        and len(macros.skin_colours) == len(macros.skins)
        and macros.normals.shape in {(0, count), (1 + len(GROUPS), count)}
        and (not settings or int(macros.control_of.min()) == 0)
        and all(len(macros._of_group(group)) for group in GROUPS)
    )
    parts = (macros.rest, macros.effects, macros.low, macros.high, macros.skin_colours, macros.normals)
    if not fits or not all(np.isfinite(part).all() for part in parts):
        raise MorphableModelError("the file of vectors of groups and gender is damaged: its parts do not fit together")
