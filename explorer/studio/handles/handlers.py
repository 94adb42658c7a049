"""The handler that reads and moves faces by handles, on the device. Keeps nothing of faces."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from explorer.studio.catalogue.translators import MISSING, translator_file
from explorer.studio.engine.device import Device
from explorer.studio.engine.protocol import Control, Handler
from explorer.studio.engine.reports import Progress, Report
from explorer.studio.engine.requests import Request
from explorer.studio.errors import UserError
from explorer.studio.handles.requests import HandlesMoved, MoveHandles
from explorer.studio.handles.values import MovedFace

if TYPE_CHECKING:
    from torch import Tensor

    from explorer.science.generation.generator import Generator as FaceGenerator

PREVIEW = 256


def handlers(device: Device) -> Mapping[type[Request], Handler]:
    """The handlers by request."""
    return {MoveHandles: _Handlers(device).move}


class _Handlers:
    def __init__(self, device: Device) -> None:
        self._device = device

    def move(self, request: MoveHandles, control: Control) -> Generator[Report, None, HandlesMoved]:
        """Read, set and draw; where no translator was trained, or no encoder into W+, the remark says so."""
        yield Progress("moving handles")
        if not translator_file().exists():
            return HandlesMoved(request, None, {}, MISSING)
        import torch

        from explorer.science.generation.mixed_precision import drawing
        from explorer.science.inversion.step import to_uint8
        from explorer.studio.handles.editing import load_editor

        try:
            editor = load_editor()
            generator = self._device.networks(control).generator(editor.record.generator)
            styles = _styles(request, generator)
            read = {name: float(values[0]) for name, values in editor.read(styles[None]).items()}
            moved = editor.moved(styles[None].to(generator.mean_w), request.values)
        except UserError as error:
            return HandlesMoved(request, None, {}, str(error))
        with torch.no_grad():
            size = generator.spec.resolution if request.fine else PREVIEW
            picture = to_uint8(drawing(generator, mixed=not request.fine)(moved, size)[0])
        kept = np.ascontiguousarray(styles.cpu().numpy(), np.float32)
        face = MovedFace(request.key, request.base, kept, read, picture, dict(request.values), request.fine)
        classes = {name: editor.record.classes[name] for name in editor.record.elements}
        return HandlesMoved(request, face, classes)


def _styles(request: MoveHandles, generator: FaceGenerator) -> Tensor:
    """The styles (L, K) of what is asked for.

    Raises:
        UserError: there is no encoder into W+, or another generator drew the result.
    """
    import torch

    from explorer.studio.handles.photographs import frame_styles

    if request.styles is not None:
        return torch.from_numpy(request.styles)
    if request.base == "photograph" and request.frame is not None:
        return frame_styles(request.frame)
    if request.base == "result" and request.latent is not None and request.settings is not None:
        if request.settings.generator != generator.spec.id:
            drawn_by = request.settings.generator
            raise UserError(f"the result was drawn by {drawn_by}, the handles are of {generator.spec.id}")
        return generator.styles(request.latent[None].to(generator.mean_w), request.settings.space)[0]
    _, w = generator.sample(1, request.seed)
    return generator.styles(w, "W")[0]
