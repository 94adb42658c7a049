"""A linear model of faces, whoever made it: shape and albedo as a mean plus weighted components."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import torch
from torch import Tensor

from explorer.science.errors import LikenessError
from explorer.science.geometry.mesh import subdivision

LANDMARKS = 68
FINEST_LEVEL = 2
_VERSION = "1"


class MorphableModelError(LikenessError, ValueError):
    """A file or mesh that is not the morphable model it should be; the message says why and what to do.

    Example:
        >>> from explorer.science.geometry import MorphableModelError
        >>> try:
        ...     model.at_level(9)  # the one that ships
        ... except MorphableModelError as error:
        ...     print(error)
        there is no level of detail 9: they go from 0 to 2
    """


@dataclass(frozen=True, eq=False)
class MorphableModel:
    """Mean, components and what belongs to the mesh; V vertices, T triangles.

    Lengths are millimetres; x goes to the person's left (the image's right), y up, z out of the face.

    name: of the model, for people.
    mean: (V, 3).
    identity: (K, V, 3), displacement for one standard deviation of each component.
    expression: (E, V, 3), displacement at coefficient 1: a named unit's full strength, or a component's deviation.
    expression_names: E names; empty where the expressions are components.
    triangles: (T, 3) int64, counter-clockwise seen from outside.
    albedo_mean: (V, 3) RGB in [0, 1], linear as the model has it; None where the model has none.
    albedo: (A, V, 3), change for one standard deviation.
    mirror: (V,) int64, each vertex's partner on the other side; None where the mesh is not symmetric.
    uv: (U, 2), points of the texture: u right, v down, the whole texture from (0, 0) to (1, 1).
    uv_triangles: (T, 3) int64 into `uv`; they differ from `triangles` only at seams.
    landmarks: (68,) int64, the vertices of the iBUG landmarks on a frontal face; None where not known.

    Example:
        >>> import torch
        >>> from explorer.science.geometry import MorphableModel
        >>> corners, wider = torch.eye(3), torch.tensor([[[1.0, 0.0, 0.0]] * 3])
        >>> still, triangles = torch.zeros(0, 3, 3), torch.tensor([[0, 1, 2]])
        >>> toy = MorphableModel("toy", corners, identity=wider, expression=still, triangles=triangles)
        >>> torch.equal(toy.shape(identity=torch.tensor([2.0])), corners + 2 * wider[0])
        True
    """

    name: str
    mean: Tensor
    identity: Tensor
    expression: Tensor
    triangles: Tensor
    expression_names: tuple[str, ...] = ()
    albedo_mean: Tensor | None = None
    albedo: Tensor | None = None
    mirror: Tensor | None = None
    uv: Tensor | None = None
    uv_triangles: Tensor | None = None
    landmarks: Tensor | None = None

    def __post_init__(self) -> None:
        _check(self)

    @property
    def identity_deviations(self) -> Tensor:
        """(K,) millimetres: the standard deviation of each component, as the length of its whole displacement."""
        deviations: Tensor = self.identity.flatten(1).norm(dim=1)
        return deviations

    @property
    def named_units(self) -> bool:
        """Whether expressions are named units from 0 to 1, not components around 0."""
        return bool(self.expression_names)

    def shape(self, identity: Tensor | None = None, expression: Tensor | None = None) -> Tensor:
        """The vertices for some coefficients: mean + P alpha (thesis, eqs. 5.1 and 5.2); differentiable.

        Args:
            identity: (..., K' <= K), in standard deviations; those left out are 0.
            expression: (..., E' <= E).

        Returns:
            (..., V, 3) millimetres.
        """
        return self.mean + _mixed(self.identity, identity) + _mixed(self.expression, expression)

    def colours(self, coefficients: Tensor | None = None) -> Tensor:
        """The albedo, (..., V, 3) RGB, not clamped, for (..., A' <= A) coefficients in standard deviations.

        Raises:
            MorphableModelError: the model has no albedo.
        """
        if self.albedo_mean is None or self.albedo is None:
            raise MorphableModelError(f"{self.name} has no albedo")
        return self.albedo_mean + _mixed(self.albedo, coefficients)

    def at_level(self, level: int) -> MorphableModel:
        """The same model on a mesh subdivided `level` times, 0 to 2; coefficients mean the same.

        Raises:
            MorphableModelError: there is no such level.
        """
        if not 0 <= level <= FINEST_LEVEL:
            raise MorphableModelError(f"there is no level of detail {level}: they go from 0 to {FINEST_LEVEL}")
        return self if level == 0 else _refined(self).at_level(level - 1)

    def to(self, *to: Any) -> MorphableModel:
        """The same model on another device or in another precision; indices stay integers."""
        target = torch.empty(0).to(*to)
        moved: dict[str, Tensor] = {}
        for name, tensor in _tensors(self).items():
            moved[name] = tensor.to(target) if tensor.is_floating_point() else tensor.to(target.device)
        return replace(self, **moved)  # type: ignore[arg-type]

    def trimmed(self, identity: int) -> MorphableModel:
        """The same model with its first identity components only."""
        return replace(self, identity=self.identity[:identity])


def _mixed(basis: Tensor, coefficients: Tensor | None) -> Tensor:
    if coefficients is None:
        return basis.new_zeros(())
    count = coefficients.shape[-1]
    if count > len(basis):
        raise MorphableModelError(f"{count} coefficients are given, but there are only {len(basis)} components")
    mixed: Tensor = (coefficients @ basis[:count].flatten(1)).unflatten(-1, basis.shape[1:])
    return mixed


def _refined(model: MorphableModel) -> MorphableModel:
    step = subdivision(model.triangles, len(model.mean))
    finer: dict[str, Any] = {
        name: step.apply(tensor)
        for name, tensor in _tensors(model).items()
        if name in {"mean", "identity", "expression", "albedo_mean", "albedo"}
    }
    if model.mirror is not None:
        finer["mirror"] = step.apply_mirror(model.mirror)
    if model.uv is not None and model.uv_triangles is not None:
        flat = subdivision(model.uv_triangles, len(model.uv))
        finer |= {"uv": flat.apply(model.uv), "uv_triangles": flat.triangles}
    return replace(model, triangles=step.triangles, **finer)


def _tensors(model: MorphableModel) -> dict[str, Tensor]:
    values = {field.name: getattr(model, field.name) for field in fields(model)}
    return {name: value for name, value in values.items() if isinstance(value, Tensor)}


def _check(model: MorphableModel) -> None:
    """Refuse a model whose parts do not fit each other."""
    count = len(model.mean)
    for name in ("mean", "identity", "expression", "albedo_mean", "albedo"):
        tensor = getattr(model, name)
        if tensor is not None and (tensor.shape[-2:] != (count, 3) or not bool(tensor.isfinite().all())):
            raise MorphableModelError(f"{model.name}: {name} does not give three finite numbers for {count} vertices")
    limits = {"triangles": count, "mirror": count, "landmarks": count}
    if model.uv is not None:
        limits["uv_triangles"] = len(model.uv)
    for name, limit in limits.items():
        tensor = getattr(model, name)
        if tensor is not None and tensor.numel() and not 0 <= int(tensor.min()) <= int(tensor.max()) < limit:
            raise MorphableModelError(f"{model.name}: {name} points at vertices that are not there")
    if model.expression_names and len(model.expression_names) != len(model.expression):
        raise MorphableModelError(f"{model.name}: names and expressions are not equally many")
    if model.landmarks is not None and len(model.landmarks) != LANDMARKS:
        raise MorphableModelError(f"{model.name}: {len(model.landmarks)} landmarks instead of {LANDMARKS}")


def to_tensors(model: MorphableModel) -> tuple[dict[str, Tensor], dict[str, str]]:
    """A model as tensors and metadata for a safetensors file, components in half precision, indices in 32 bits.

    Halves keep a component of 10 mm to 0.005 mm; the mean stays in single precision.
    """
    tensors = {}
    for name, tensor in _tensors(model).items():
        if not tensor.is_floating_point():
            tensors[name] = tensor.int().contiguous()
        else:
            halved = name in {"identity", "expression", "albedo", "albedo_mean"}
            tensors[name] = (tensor.half() if halved else tensor.float()).contiguous()
    names = json.dumps(model.expression_names)
    return tensors, {"version": _VERSION, "name": model.name, "expression_names": names}


def from_tensors(tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> MorphableModel:
    """The model that `to_tensors` wrote.

    Raises:
        MorphableModelError: something is missing, or does not fit.
    """
    if metadata.get("version") != _VERSION:
        raise MorphableModelError("the file holds no morphable model of this version: make it again")
    known = {field.name for field in fields(MorphableModel)}
    values = {
        name: tensor.float() if tensor.is_floating_point() else tensor.long()
        for name, tensor in tensors.items()
        if name in known
    }
    try:
        names = tuple(json.loads(metadata["expression_names"]))
        return MorphableModel(name=metadata["name"], expression_names=names, **values)
    except MorphableModelError:
        raise
    except (KeyError, TypeError, ValueError, IndexError, RuntimeError) as error:
        raise MorphableModelError(f"the morphable model's file is damaged ({error})") from error
