"""Photographed skies and rooms, of the catalogue's `skies`: they light drawn people and stand behind them."""

from __future__ import annotations

import base64
import binascii
import re
import zlib

import numpy as np

from explorer.science.synthetic.scene import LARGEST_SEED, SKIES, Scene, Sky, SkyName
from explorer.science.synthetic.surfaces import Floats
from explorer.science.synthetic.surroundings import even_sky, harmonics_of_map, sky_around
from explorer.studio import catalogue
from explorer.studio.errors import UserError
from explorer.studio.people.path_tracer import PathTracer

NETWORK = "skies"
# Each is a file of JavaScript that holds nothing but this; none of it is run.
_PACKED = re.compile(rb"export default 'data:application/exr;base64,([A-Za-z0-9+/=]+)'")


def sky_bytes(name: SkyName) -> bytes:
    """The OpenEXR file of a sky.

    Raises:
        MissingNetwork: the skies are not fetched yet; the message says how.
        UserError: the file is not what it should be.
    """
    packed = _PACKED.findall(catalogue.path(NETWORK).read_bytes())
    try:
        return base64.b64decode(packed[SKIES.index(name)], validate=True)
    except (IndexError, binascii.Error) as error:
        raise UserError(f"{NETWORK}: the file does not hold {len(SKIES)} skies") from error


def load_sky(name: SkyName, tracer: PathTracer) -> Floats:
    """A sky's map, as of `surroundings.even_sky`, decoded by the process that traces.

    Raises:
        MissingNetwork, UserError, TracingError: it cannot be had.
    """
    return even_sky(np.asarray(tracer.decode_sky(sky_bytes(name)), np.float64))


def under_sky(scene: Scene, name: SkyName, even: Floats) -> Scene:
    """A scene under a sky, turned as the scene's seed says; its harmonics are the sky's."""
    seeds = [scene.person.seed or 0, scene.seed or LARGEST_SEED, zlib.crc32(b"sky")]
    random = np.random.default_rng(seeds)
    sky = Sky(name=name, turn=round(float(random.uniform(0, 360)), 1), strength=round(float(random.uniform(0.6, 1)), 3))
    red, green, blue = np.clip(harmonics_of_map(sky_around(sky, even)), -20, 20).round(4).T.tolist()
    light = tuple(zip(red, green, blue, strict=True))
    return Scene.model_validate(scene.model_dump() | {"sky": sky.model_dump(), "light": light})
