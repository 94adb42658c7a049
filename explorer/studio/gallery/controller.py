"""The user's commands around many faces, and the engine's answers to them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from explorer.science.names import name_of, shown
from explorer.studio.engine.reports import Event, Report
from explorer.studio.engine.requests import Ticket
from explorer.studio.faces.controller import FacesController
from explorer.studio.faces.state import EMBEDDINGS, ENCODER, FACES, SELECTED, VECTORS
from explorer.studio.gallery.browsing import BROWSING, GalleryViewState, browsing_left
from explorer.studio.gallery.far import Joined
from explorer.studio.gallery.linking import LinkedCollection
from explorer.studio.gallery.requests import (
    FacesFound,
    FacesGrouped,
    FoldersRead,
    ForgetPhotographs,
    GroupFaces,
    PointsMoved,
    ReadFolders,
)
from explorer.studio.gallery.rows import all_rows_of, listing_of
from explorer.studio.gallery.searching import Searcher
from explorer.studio.gallery.state import EMPTY, GALLERY, Gallery, Grouping, with_faces, with_faces_anew, without
from explorer.studio.gallery.summary import read_in_words
from explorer.studio.gallery.templates import template_in_session
from explorer.studio.gallery.values import Order
from explorer.studio.gallery.views import GalleryViews
from explorer.studio.session.services import AppServices, Controller
from explorer.studio.session.slices import Forgotten
from explorer.studio.session.snapshot import Snapshot


class GalleryController(Controller):
    """Keeps `session[GALLERY]`, and of `session[BROWSING]` what is listed, in which order, and what is chosen.

    Attributes:
        views: the map, the comparison and the difference.
    """

    def __init__(self, app: AppServices) -> None:
        super().__init__(app)
        session = app.session
        self._search = Searcher(session)
        self.views = GalleryViews(app)
        self._reading: Ticket | None = None
        self._anew: Ticket | None = None
        self._grouping: Ticket | None = None
        self._mine: Gallery = session[GALLERY]
        self._left: dict[str, Any] = {}
        self._looked_at: GalleryViewState | None = None
        self.linking = LinkedCollection(app, self._search, self._set, self._show)
        session.changed(GALLERY).connect(self._gallery_changed)
        session.changed(FACES).connect(self._relist)
        session.changed(VECTORS).connect(self._relist)
        session.changed(EMBEDDINGS).connect(self._embedded)
        session.changed(ENCODER).connect(self._encoder_changed)
        session.changed(SELECTED).connect(self._selection_changed)
        self._relist()

    # Folders.

    def add_folders(self, folders: Sequence[Path]) -> None:
        """Read the photographs in folders, and in the folders in them, in the background."""
        new = [folder.absolute() for folder in folders if folder.is_dir()]
        for folder in folders:
            if not folder.is_dir():
                self._app.notify("warning", "A folder was not added", f"there is no folder {shown(folder)}")
        if not new:
            return
        gallery = self._session[GALLERY]
        names = ", ".join(map(name_of, new))
        count = "a folder" if len(new) == 1 else f"{len(new)} folders"
        self._app.log("opened", "", f"{count} of photographs, into the gallery")
        self._app.history.record(f"add {names}", (GALLERY,))
        roots = (*gallery.roots, *(folder for folder in new if folder not in gallery.roots))
        unfinished = (*gallery.unfinished, *(folder for folder in new if folder not in gallery.unfinished))
        self._set(replace(gallery, roots=roots, unfinished=unfinished))
        self.resume()

    def resume(self) -> None:
        """Go on with the folders that have not been read to their end; what is known is not read again."""
        gallery = self._session[GALLERY]
        if not gallery.unfinished:
            return
        known = frozenset((*(face.path for face in gallery.faces()), *(one.path for one in gallery.refused)))
        self._reading = self._app.submit(ReadFolders(gallery.unfinished, known))
        self._browse(scanning=True)

    def embed_anew(self) -> None:
        """Read all folders again for encoders that have come since; what the others made is taken from the cache."""
        gallery = self._session[GALLERY]
        if not gallery.roots or not len(gallery):
            return
        self._reading = self._anew = self._app.submit(
            ReadFolders(gallery.roots, frozenset(one.path for one in gallery.refused))
        )
        self._browse(scanning=True)

    def stop_reading(self) -> None:
        """Read no further; what was found stays, and `resume` goes on."""
        if self._reading is not None:
            self._app.engine.finish(self._reading)

    # Faces.

    def open(self, keys: Iterable[str]) -> None:
        """Bring faces of the gallery into the session, to be inverted and read; select the first that is there."""
        faces, loaded = self._session[BROWSING].listing.faces, {*self._session[FACES], *self._session[VECTORS]}
        wanted = list(keys)
        paths = [faces[key].path for key in wanted if key in faces and key not in loaded]
        if paths:
            self._app.controller(FacesController).open_paths(list(dict.fromkeys(paths)))
        self.linking.open([key for key in wanted if key not in faces and key not in loaded])
        here = next((key for key in wanted if key in loaded), None)
        if here is not None:
            self._app.controller(FacesController).select_face(here)

    def make_template(self, keys: Sequence[str]) -> str | None:
        """Average faces' embeddings under the chosen encoder to a vector of the session, and select it.

        Returns:
            Its key; None where it was not made, which is said.
        """
        return template_in_session(self._app, keys)

    def remove(self, keys: Collection[str]) -> None:
        """Take faces out of the session; undo brings them back."""
        for key in [key for key in keys if key in self._session[FACES] or key in self._session[VECTORS]]:
            self._app.controller(FacesController).close_face(key)
        changed = self.linking.without(without(self._session[GALLERY], keys), keys)
        if changed is not self._session[GALLERY]:
            count = len(set(keys))
            self._app.history.record(f"remove {count} faces from the gallery", (GALLERY,))
            self._set(changed)

    def forget(self, keys: Collection[str]) -> None:
        """Forget faces: in the session, its history, its autosave and the cache."""
        places = self._session[BROWSING].listing.places
        gone = {key for key in keys if key in places}
        if gone:
            own = self._session[FACES]
            photographs = {face.photograph_key for key, face in own.items() if key in gone}
            last = {sha256 for sha256 in photographs if {k for k in own if k.partition("/")[0] == sha256} <= gone}
            self._app.forget(Forgotten(frozenset(gone), frozenset(last), everybody=False))

    def before_forgetting(self, forgotten: Forgotten) -> None:
        """Let those faces go; folders are read on, and what is chosen and laid out besides stays."""
        browsing = self._session[BROWSING]
        self._left = browsing_left(browsing, forgotten)
        self._set(GALLERY.without(self._session[GALLERY], forgotten))

    def after_forgetting(self, forgotten: Forgotten) -> None:
        """Have nothing of those photographs stay in the cache, and what was listed listed anew."""
        sha256s = {key.partition("/")[0] for key in forgotten.keys if "/" in key} | forgotten.photographs
        if sha256s:
            self._app.submit(ForgetPhotographs(tuple(sorted(sha256s))))
        self.linking.forget(forgotten)
        self._relist()
        self._browse(**self._left)
        self._show()
        self.views.relisted()

    def before_loading(self, snapshot: Snapshot) -> None:
        """Remember what is chosen and laid out: the session is empty for a moment, and nothing of it is listed."""
        self._looked_at = self._session[BROWSING]

    def after_loading(self) -> None:
        """Let faces that the session before had, too, stay chosen and laid out."""
        before, self._looked_at = self._looked_at, None
        if before is None:
            return
        places, plane = self._session[BROWSING].listing.places, before.plane
        if plane is not None and plane.encoder == self._session[ENCODER]:
            self._browse(plane=replace(plane, total=0))
        self._browse(chosen=tuple(key for key in before.chosen if key in places))
        self._show()
        self.views.relisted()

    # People.

    def name(self, keys: Collection[str], person: str) -> None:
        """Say who faces are; an empty name leaves it to the folder or the likeness again."""
        gallery, person = self._session[GALLERY], person.strip()
        named = {key: known for key, known in gallery.named.items() if key not in keys}
        if person:
            named.update(dict.fromkeys(keys, person))
        self._app.history.record(f"name {person or 'nobody'}", (GALLERY,))
        self._set(replace(gallery, named=named))

    def group_by_folder(self) -> None:
        """Take the faces of a folder for one person, but for those that the user named."""
        if self._session[GALLERY].grouping.rule != "folder":
            self._app.history.record("group by folder", (GALLERY,))
            self._set(replace(self._session[GALLERY], grouping=Grouping(), grouped={}))

    def group_by_likeness(self) -> None:
        """Find groups of one person by the chosen encoder, at its threshold, in the background."""
        listing, encoder = self._session[BROWSING].listing, self._session[ENCODER]
        keys, vectors = all_rows_of(self._session, encoder, listing)
        if not keys:
            self._app.notify("info", "Nobody to group yet", "add a folder of photographs first")
            return
        self._grouping = self._app.submit(GroupFaces(encoder, keys, vectors))
        self._browse(grouping=True)

    def _grouped(self, grouped: FacesGrouped) -> None:
        sizes = np.bincount(grouped.numbers)
        keys = grouped.keys.first if isinstance(grouped.keys, Joined) else grouped.keys
        pairs = zip(keys, grouped.numbers.tolist(), strict=False)
        # A face alone has nobody to be one person with.
        there, gallery = self._session[BROWSING].listing.places, self._session[GALLERY]
        people = {key: f"Person {number + 1}" for key, number in pairs if sizes[number] > 1 and key in there}
        linked = gallery.linked if len(keys) == len(grouped.keys) else self.linking.grouped(grouped, sizes)
        self._app.history.record("group by likeness", (GALLERY,))
        rule = Grouping("likeness", grouped.encoder, grouped.threshold)
        self._set(replace(gallery, grouping=rule, grouped=people, linked=linked))
        count = int((sizes > 1).sum())
        text = f"{count} groups of two or more among {len(grouped.keys)} faces, {rule.says}"
        text += f"; {grouped.remark}" if grouped.remark else ""
        self._app.notify("info", "The faces are grouped", text)

    # Looking.

    def choose(self, keys: Sequence[str]) -> None:
        """Choose faces; the first is the one that others are compared with."""
        places = self._session[BROWSING].listing.places
        chosen = tuple(dict.fromkeys(key for key in keys if key in places))
        if chosen == self._session[BROWSING].chosen:
            return
        self._browse(chosen=chosen)
        if self._session[BROWSING].order == "similarity":
            self._show()
        self.views.compare_if_watched()

    def search(self, query: str) -> None:
        """Show faces whose name or person holds all words."""
        if query != self._session[BROWSING].query:
            self._browse(query=query)
            self._show()

    def sort(self, order: Order) -> None:
        """Choose the order; by similarity it is to the chosen face, or to the one selected in the session."""
        if order != self._session[BROWSING].order:
            self._browse(order=order)
            self._show()

    # The engine's answers.

    def results(self) -> Mapping[type, Callable[[Any], None]]:
        """Where the results of requests go, by their type."""
        return {
            FoldersRead: self._folders_read,
            FacesGrouped: self._grouped,
            **self.views.results(),
            **self.linking.results(),
        }

    def reports(self) -> Mapping[type[Report], Callable[[Ticket, Any], None]]:
        """What is done with reports, by their type."""
        return {FacesFound: self._faces_found, PointsMoved: self.views.points_moved}

    def on_final(self, event: Event) -> None:
        """Take note of a final event, before its result lands."""
        if event.ticket == self._reading:
            self._reading = None
            self._browse(scanning=False)
        elif event.ticket == self._grouping:
            self._grouping = None
            self._browse(grouping=False)
        else:
            self.views.on_final(event)

    def _faces_found(self, ticket: Ticket, found: FacesFound) -> None:
        if ticket == self._reading and (found.block.faces or found.refused):
            add = with_faces_anew if ticket == self._anew else with_faces
            self._set(add(self._session[GALLERY], found.block, found.refused))

    def _folders_read(self, read: FoldersRead) -> None:
        if read.complete:
            gallery = self._session[GALLERY]
            left = tuple(folder for folder in gallery.unfinished if folder not in read.roots)
            self._set(replace(gallery, unfinished=left))
            title = "The folder is read" if len(read.roots) == 1 else "The folders are read"
            self._app.notify("info", title, read_in_words(gallery, read.roots, read.photographs, read.passed_over))

    # What follows.

    def _gallery_changed(self, new: Gallery, old: Gallery) -> None:
        if new is not self._mine:
            # Undone, or another session: what is still being found belongs to neither.
            for ticket in (self._reading, self._grouping):
                if ticket is not None:
                    self._app.engine.cancel(ticket)
            self._mine = new
        self._relist()

    def _embedded(self) -> None:
        if self._session[BROWSING].order == "similarity":
            self._show()
        self.views.embedded()

    def _selection_changed(self) -> None:
        browsing = self._session[BROWSING]
        if browsing.order == "similarity" and not browsing.chosen:
            self._show()

    def _encoder_changed(self) -> None:
        if self._session[BROWSING].order == "similarity":
            self._show()
        self.views.project_if_watched()

    def _relist(self, *_: object) -> None:
        session = self._session
        listed = len(session[FACES]) + len(session[VECTORS]) + len(session[BROWSING].listing)
        if session[GALLERY] is EMPTY and not listed:
            return
        listing = listing_of(session)
        chosen = tuple(key for key in session[BROWSING].chosen if key in listing.places)
        # At once: rows belong to their listing, and whoever draws must not see those of another.
        shown = self._search.shown(replace(session[BROWSING], listing=listing, chosen=chosen))
        self._browse(listing=listing, chosen=chosen, shown=shown)
        self.linking.search()
        self.views.relisted()

    def _show(self) -> None:
        self._browse(shown=self._search.shown(self._session[BROWSING]))
        self.linking.search()

    def _set(self, gallery: Gallery) -> None:
        self._mine = gallery
        self._session[GALLERY] = gallery

    def _browse(self, **fields: Any) -> Any:
        browsing = self._session[BROWSING]
        if any(getattr(browsing, name) is not value for name, value in fields.items()):
            self._session[BROWSING] = replace(browsing, **fields)
        return self._session[BROWSING]
