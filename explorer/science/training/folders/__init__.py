"""Face data sets that researchers own, read in their published folder layouts: one file a layout, one table.

>>> from explorer.science.training.folders import LAYOUTS
>>> list(LAYOUTS)
['celeba', 'lfw', 'vggface2', 'casia-webface', 'fairface', 'people']
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from explorer.science.training.folders.casia import read_casia
from explorer.science.training.folders.celeba import read_celeba
from explorer.science.training.folders.fairface import read_fairface
from explorer.science.training.folders.lfw import read_lfw
from explorer.science.training.folders.listing import FolderError, FolderFace, FolderListing, choose
from explorer.science.training.folders.people import read_people
from explorer.science.training.folders.vggface2 import read_vggface2

__all__ = ["LAYOUTS", "FolderError", "FolderFace", "FolderListing", "Layout", "choose", "layout_of"]


@dataclass(frozen=True)
class Layout:
    """A published layout. read: from its top folder to its faces; raises FolderError where it is not what it claims.

    Example:
        >>> from explorer.science.training.folders import FolderListing, Layout
        >>> Layout("none", "An empty set", read=lambda root: FolderListing(())).id
        'none'
    """

    id: str
    title: str
    read: Callable[[Path], FolderListing]


LAYOUTS: dict[str, Layout] = {
    layout.id: layout
    for layout in (
        Layout("celeba", "CelebA (Liu et al. 2015)", read_celeba),
        Layout("lfw", "Labeled Faces in the Wild (Huang et al. 2007)", read_lfw),
        Layout("vggface2", "VGGFace2 (Cao et al. 2018)", read_vggface2),
        Layout("casia-webface", "CASIA-WebFace (Yi et al. 2014)", read_casia),
        Layout("fairface", "FairFace (Kärkkäinen and Joo 2021)", read_fairface),
        Layout("people", "A folder for each person", read_people),
    )
}
# By what lies in the top folder of a set: any of these patterns.
_MARKS = {
    "celeba": ("img_align_celeba", "*/img_align_celeba", "list_attr_celeba.txt", "*/list_attr_celeba.txt"),
    "vggface2": ("train/n[0-9]*", "test/n[0-9]*"),
    "casia-webface": ("CASIA-WebFace", "[0-9]" * 7),
    "fairface": ("fairface_label_train.csv",),
    "lfw": ("lfw", "lfw_funneled", "lfw-deepfunneled", "peopleDevTest.txt", "Abdullah_Gul"),
}


def layout_of(root: Path) -> str:
    """The published layout that a folder has by the names in it; "people" where it has none.

    Example:
        >>> from pathlib import Path
        >>> from explorer.science.training.folders import layout_of
        >>> layout_of(Path("nowhere"))
        'people'
    """
    for name, patterns in _MARKS.items():
        if any(next(root.glob(pattern), None) is not None for pattern in patterns):
            return name
    return "people"
