"""What surfaces give back of visible light, and of near infrared at 850 nm.

In visible light a surface's reflectances are its linear colours. In near infrared each follows from them:

- **Melanin** is what darkens skin and hair, and absorbs as a power of the wavelength. Measured: an exponent of -3.48
  for melanosomes of skin (S. L. Jacques, *Melanosome absorption coefficient*, Oregon Medical Laser Center 1998). The
  red of a picture is taken as light of 610 nm, so that the density of melanin there, times (850/610)^-3.48 = 0.32, is
  that at 850 nm.
- **Skin** without melanin gives back 0.60, which is assumed; that differences by pigment shrink in near infrared, and
  are gone above 1,200 nm, is measured (J. A. Jacquez et al., *J. Appl. Physiol.* 8, 1955; C. Cooksey, D. Allen and B.
  Tsai, *J. Res. NIST* 122:26, 2017, whose spectra of forearms this stands for). Haemoglobin, which makes lips and
  cheeks red, absorbs next to nothing of red and little at 850 nm (S. A. Prahl's tables, Oregon Medical Laser Center
  1999): red alone tells of melanin.
- **Hair**: the same law; keratin without melanin gives back 0.62, assumed, as in visible light.
- **Iris**: melanin plays almost no part from 700 to 900 nm, where its reflectance is nearly constant (J. Daugman,
  *Absorption spectrum of melanin*, Cambridge, after N. Kollias 1995): all irises come near 0.2, an assumed value.
  **Sclera** gives back less than in visible light (A. Vogel, C. Dlugos and R. Nuffer, *Lasers Surg. Med.* 11, 1991);
  0.40 is assumed. The pupil stays black: no lamp is at the lens.
- **Cloth**: most dyes let near infrared through, so that dark clothes look light (K. Mangold, J. Shaw and M. Vollmer,
  *Eur. J. Phys.* 34, 2013). That half of the way to a fibre's 0.6 is gone is assumed.
- **Glass** bends 850 nm with an index of 1.510 in place of 1.517 (Schott's data sheet of N-BK7). Teeth and frames of
  glasses are assumed to give back as much as of visible light.

The light itself is that of the scene, made grey: a lamp of one wavelength has no colour.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from explorer.science.synthetic.surfaces import Floats

Spectrum = Literal["visible", "infrared"]

_MELANIN = (850 / 610) ** -3.48
_SKIN_IN_RED, _SKIN = 0.65, 0.60
_KERATIN = 0.62
# Of the parts of an eye, from the pupil over dark and light irises to the sclera: red of a picture, and at 850 nm.
_EYE_IN_RED, _EYE = (0.0, 0.006, 0.03, 0.10, 0.25, 0.50), (0.004, 0.004, 0.13, 0.18, 0.23, 0.40)
_FIBRE = 0.6
_GLASS: dict[Spectrum, float] = {"visible": 1.517, "infrared": 1.510}
# Brightness as eyes see it, of linear sRGB (IEC 61966-2-1).
_LUMINANCE = np.array([0.2126, 0.7152, 0.0722])


def reflectance(segment: str, colours: Floats, spectrum: Spectrum) -> Floats:
    """What a surface gives back, (N, 3): the same in all three where the light is near infrared.

    Args:
        segment: of `SEGMENTS`. colours: (N, 3) linear, in visible light.
    """
    if spectrum == "visible":
        return colours
    red = np.clip(colours[:, 0], 1e-3, 1)
    if segment in {"skin", "mouth"}:
        grey = _SKIN * np.minimum(red / _SKIN_IN_RED, 1) ** _MELANIN
    elif segment in {"hair", "brows", "lashes", "beard"}:
        grey = _KERATIN * np.minimum(red / _KERATIN, 1) ** _MELANIN
    elif segment == "eyes":
        grey = np.interp(red, _EYE_IN_RED, _EYE)
    elif segment in {"clothes", "hat"}:
        grey = 0.5 * (colours @ _LUMINANCE + _FIBRE)
    else:
        grey = colours @ _LUMINANCE
    return np.repeat(grey[:, None], 3, 1)


def in_light_of(light: Floats, spectrum: Spectrum) -> Floats:
    """Light (..., 3) as the spectrum has it: grey in near infrared, as bright as it is seen."""
    return light if spectrum == "visible" else np.repeat((light @ _LUMINANCE)[..., None], 3, -1)


def index_of_glass(spectrum: Spectrum) -> float:
    """The index of refraction of a lens of glasses."""
    return _GLASS[spectrum]
