"""The user's intentions around many faces, and the engine's answers to them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from explorer.studio.engine.gallery_jobs import (
    CompareFew,
    Differ,
    DifferenceMap,
    FacesFound,
    FacesFramed,
    FacesGrouped,
    FacesProjected,
    FewCompared,
    FoldersRead,
    ForgetPhotographs,
    FrameFaces,
    GroupFaces,
    PointsMoved,
    ProjectFaces,
    ReadFolders,
)
from explorer.studio.engine.protocol import EngineProtocol
from explorer.studio.engine.reports import Event, Finished
from explorer.studio.engine.requests import Request, Ticket
from explorer.studio.gallery.browsing import MOST_COMPARED, Comparison, Image, Method, Order, PlaneMap
from explorer.studio.gallery.listing import all_vectors_of, listing_of, vectors_of
from explorer.studio.gallery.searching import Searcher
from explorer.studio.gallery.state import EMPTY, Gallery, Grouping, keys_of, with_faces, without
from explorer.studio.session.history import History
from explorer.studio.session.state import Level, Session


class Bench(Protocol):
    """What is asked of the workbench."""

    engine: EngineProtocol
    history: History

    def submit(self, request: Request) -> Ticket:
        """Hand a request to the engine."""
        ...

    def open_paths(self, paths: Sequence[Path]) -> None:
        """Open photographs."""
        ...

    def select_face(self, key: str | None) -> None:
        """Select a face or vector."""
        ...

    def close_face(self, key: str) -> None:
        """Take a face or vector out of the session."""
        ...

    def remove_face(self, key: str) -> None:
        """Forget a face or vector."""
        ...

    def forgotten(self) -> None:
        """Something must not stay in the autosave."""
        ...

    def notify(self, level: Level, title: str, text: str, details: str = "") -> None:
        """Add a notification."""
        ...


class GalleryBench:
    """Keeps `session.gallery` and `session.browsing`."""

    def __init__(self, session: Session, bench: Bench) -> None:
        self._session, self._bench = session, bench
        self._search = Searcher(session)
        self._reading: Ticket | None = None
        self._grouping: Ticket | None = None
        self._mapping: Ticket | None = None
        self._mapped: tuple[object, ...] = ()
        self._mine: Gallery = session.gallery
        session.events.gallery.connect(self._gallery_changed)
        session.events.faces.connect(self._relist)
        session.events.vectors.connect(self._relist)
        session.events.embeddings.connect(self._embedded)
        session.events.encoder.connect(self._encoder_changed)
        session.events.selected.connect(self._selection_changed)
        self._relist()

    # Folders.

    def add_folders(self, folders: Sequence[Path]) -> None:
        """Read the photographs in folders, and in the folders in them, in the background."""
        new = [folder.absolute() for folder in folders if folder.is_dir()]
        for folder in folders:
            if not folder.is_dir():
                self._bench.notify("warning", f"{folder.name} was not added", f"there is no folder {folder}")
        if not new:
            return
        gallery = self._session.gallery
        names = ", ".join(folder.name for folder in new)
        self._bench.history.note(f"add {names}", ("gallery",))
        roots = (*gallery.roots, *(folder for folder in new if folder not in gallery.roots))
        unfinished = (*gallery.unfinished, *(folder for folder in new if folder not in gallery.unfinished))
        self._set(replace(gallery, roots=roots, unfinished=unfinished))
        self.resume()

    def resume(self) -> None:
        """Go on with the folders that have not been read to their end; what is known is not read again."""
        gallery = self._session.gallery
        if not gallery.unfinished:
            return
        known = frozenset((*(face.path for face in gallery.faces()), *(one.path for one in gallery.refused)))
        self._reading = self._bench.submit(ReadFolders(gallery.unfinished, known))
        self._browse(scanning=True)

    def stop_reading(self) -> None:
        """Read no further; what was found stays, and `resume` goes on."""
        if self._reading is not None:
            self._bench.engine.finish(self._reading)

    # Faces.

    def open(self, keys: Iterable[str]) -> None:
        """Bring faces of the gallery into the session, to be inverted and read; select the first that is there."""
        faces, loaded = self._session.browsing.listing.faces, {*self._session.faces, *self._session.vectors}
        wanted = list(keys)
        paths = [faces[key].path for key in wanted if key in faces and key not in loaded]
        if paths:
            self._bench.open_paths(list(dict.fromkeys(paths)))
        here = next((key for key in wanted if key in loaded), None)
        if here is not None:
            self._bench.select_face(here)

    def remove(self, keys: Collection[str]) -> None:
        """Take faces out of the session; undo brings them back."""
        for key in [key for key in keys if key in self._session.faces or key in self._session.vectors]:
            self._bench.close_face(key)
        changed = without(self._session.gallery, keys)
        if changed is not self._session.gallery:
            count = len(self._session.gallery) - len(changed)
            self._bench.history.note(f"remove {count} faces from the gallery", ("gallery",))
            self._set(changed)

    def forget(self, keys: Collection[str]) -> None:
        """Forget faces: in the session, its history, its autosave and the cache."""
        for key in [key for key in keys if key in self._session.faces or key in self._session.vectors]:
            self._bench.remove_face(key)
        faces = self._session.browsing.listing.faces
        here = {key for key in keys if key in faces}
        if here:
            self._forget(here)
            self._bench.forgotten()

    def forget_photograph(self, sha256: str, key: str | None) -> None:
        """Follow where a face of a photograph was forgotten elsewhere, or the whole photograph."""
        gallery = self._session.gallery
        self._forget(set(keys_of(gallery, sha256) if key is None else [key]), also=(sha256,))

    def _forget(self, keys: set[str], also: tuple[str, ...] = ()) -> None:
        self._bench.history.forget_faces(keys)
        # They hold places and pictures of faces that are gone.
        self._mapped = ()
        self._browse(plane=None, comparison=None, difference=None)
        changed = without(self._session.gallery, keys)
        if changed is not self._session.gallery:
            with self._bench.history.deaf():
                self._set(changed)
        sha256s = {key.partition("/")[0] for key in keys} | set(also)
        if sha256s:
            self._bench.submit(ForgetPhotographs(tuple(sorted(sha256s))))

    # People.

    def name(self, keys: Collection[str], person: str) -> None:
        """Say who faces are; an empty name leaves it to the folder or the likeness again."""
        gallery, person = self._session.gallery, person.strip()
        named = {key: known for key, known in gallery.named.items() if key not in keys}
        if person:
            named.update(dict.fromkeys(keys, person))
        self._bench.history.note(f"name {person or 'nobody'}", ("gallery",))
        self._set(replace(gallery, named=named))

    def group_by_folder(self) -> None:
        """Take the faces of a folder for one person, but for those that the user named."""
        if self._session.gallery.grouping.rule != "folder":
            self._bench.history.note("group by folder", ("gallery",))
            self._set(replace(self._session.gallery, grouping=Grouping(), grouped={}))

    def group_by_likeness(self) -> None:
        """Find groups of one person by the chosen encoder, at its threshold, in the background."""
        listing, encoder = self._session.browsing.listing, self._session.encoder
        rows, vectors = vectors_of(self._session, encoder, listing)
        if not len(rows):
            self._bench.notify("info", "Nobody to group yet", "add a folder of photographs first")
            return
        keys = tuple(listing.keys[row] for row in rows)
        self._grouping = self._bench.submit(GroupFaces(encoder, keys, vectors))
        self._browse(grouping=True)

    def _grouped(self, grouped: FacesGrouped) -> None:
        sizes: dict[int, int] = {}
        for number in grouped.numbers.tolist():
            sizes[number] = sizes.get(number, 0) + 1
        pairs = zip(grouped.keys, grouped.numbers.tolist(), strict=True)
        # A face alone has nobody to be one person with.
        people = {key: f"Person {number + 1}" for key, number in pairs if sizes[number] > 1}
        self._bench.history.note("group by likeness", ("gallery",))
        rule = Grouping("likeness", grouped.encoder, grouped.threshold)
        self._set(replace(self._session.gallery, grouping=rule, grouped=people))
        count = sum(size > 1 for size in sizes.values())
        text = f"{count} groups of two or more among {len(grouped.keys)} faces, {rule.says}"
        self._bench.notify("info", "The faces are grouped", text)

    # Looking.

    def choose(self, keys: Sequence[str]) -> None:
        """Choose faces; the first is the one that others are compared with."""
        places = self._session.browsing.listing.places
        chosen = tuple(dict.fromkeys(key for key in keys if key in places))
        if chosen == self._session.browsing.chosen:
            return
        self._browse(chosen=chosen)
        if self._session.browsing.order == "similarity":
            self._show()
        self._compare()

    def search(self, query: str) -> None:
        """Show faces whose name or person holds all words."""
        if query != self._session.browsing.query:
            self._browse(query=query)
            self._show()

    def sort(self, order: Order) -> None:
        """Choose the order; by similarity it is to the chosen face, or to the one selected in the session."""
        if order != self._session.browsing.order:
            self._browse(order=order)
            self._show()

    def watch(self, **watched: bool) -> None:
        """Say which of the map, the comparison and the difference somebody looks at: `watch(map=True)`."""
        self._browse(**{f"watched_{what}": on for what, on in watched.items()})
        if watched.get("map"):
            self._project()
        if watched.get("comparison"):
            self._compare()

    def differ(self, one: Image, other: Image) -> None:
        """Have the difference of two pictures painted."""
        self._bench.submit(Differ(one, other))

    # The map.

    def project(self, method: Method) -> None:
        """Lay the faces out by another method."""
        self._browse(method=method)
        self._mapped = ()
        self._project()

    def stop_mapping(self) -> None:
        """Let the points rest where they are."""
        if self._mapping is not None:
            self._bench.engine.cancel(self._mapping)

    def _project(self) -> None:
        session = self._session
        browsing = session.browsing
        wanted = (browsing.listing.keys, session.encoder, browsing.method)
        if not browsing.watched_map or wanted == self._mapped:
            return
        if browsing.method == "t-sne" and self._mapped:
            # Minutes of work are not begun anew for every face that comes; principal components are.
            if self._mapped[1] == session.encoder:
                return
            browsing = self._browse(method="pca")
        rows, vectors = vectors_of(session, session.encoder, browsing.listing)
        keys = tuple(browsing.listing.keys[row] for row in rows)
        self._mapped = (browsing.listing.keys, session.encoder, browsing.method)
        if keys:
            self._mapping = self._bench.submit(ProjectFaces(browsing.method, session.encoder, keys, vectors))
        else:
            self._browse(plane=None)

    def _projected(self, result: FacesProjected) -> None:
        plane = PlaneMap(result.method, result.encoder, result.keys, result.points, result.explained)
        self._browse(plane=plane)

    # Comparing a few.

    def _compare(self) -> None:
        browsing, session = self._session.browsing, self._session
        keys = browsing.chosen[:MOST_COMPARED]
        if not browsing.watched_comparison or len(keys) < 2:
            if browsing.comparison is not None:
                self._browse(comparison=None)
            return
        if browsing.comparison is not None and browsing.comparison.keys == keys:
            return
        frames = {key: session.faces[key].frame for key in keys if key in session.faces}
        known = {key: frame for key, frame in frames.items() if frame is not None}
        self._browse(comparison=Comparison(keys, known))
        from explorer.science.recognition.registry import ENCODER_IDS

        self._bench.submit(CompareFew(all_vectors_of(session, keys, ENCODER_IDS)))
        faces = tuple(browsing.listing.faces[key] for key in keys if key in browsing.listing.faces and key not in known)
        if faces:
            self._bench.submit(FrameFaces(faces))

    def _compared(self, few: FewCompared) -> None:
        comparison = self._session.browsing.comparison
        if comparison is not None and comparison.keys == few.keys:
            self._browse(comparison=replace(comparison, tables=few.tables))

    def _framed(self, framed: FacesFramed) -> None:
        comparison = self._session.browsing.comparison
        if comparison is not None:
            wanted = set(comparison.keys)
            frames = {key: frame for key, frame in framed.frames.items() if key in wanted}
            remarks = {key: remark for key, remark in framed.remarks.items() if key in wanted}
            changed = replace(comparison, frames={**comparison.frames, **frames}, remarks=remarks)
            self._browse(comparison=changed)

    # The engine's answers.

    def results(self) -> Mapping[type, Callable[[Any], None]]:
        """Where the results of requests go, by their type."""
        return {
            FoldersRead: self._folders_read,
            FacesGrouped: self._grouped,
            FacesProjected: self._projected,
            FewCompared: self._compared,
            FacesFramed: self._framed,
            DifferenceMap: lambda difference: self._browse(difference=difference),
        }

    def takes(self, event: Event) -> bool:
        """Whether a report is for this bench alone; it is then dealt with."""
        report = event.report
        if isinstance(report, FacesFound):
            if event.ticket == self._reading and (report.block.faces or report.refused):
                self._set(with_faces(self._session.gallery, report.block, report.refused))
            return True
        if isinstance(report, PointsMoved):
            if event.ticket == self._mapping:
                moved = PlaneMap(
                    report.method, report.encoder, report.keys, report.points, None, report.done, report.total
                )
                self._browse(plane=moved)
            return True
        return False

    def ended(self, event: Event) -> None:
        """Take note of a final event, before its result lands."""
        if event.ticket == self._reading:
            self._reading = None
            self._browse(scanning=False)
        elif event.ticket == self._grouping:
            self._grouping = None
            self._browse(grouping=False)
        elif event.ticket == self._mapping:
            self._mapping = None
            plane = self._session.browsing.plane
            if not isinstance(event.report, Finished) and plane is not None and plane.total:
                self._browse(plane=replace(plane, total=0))

    def _folders_read(self, read: FoldersRead) -> None:
        if read.complete:
            gallery = self._session.gallery
            left = tuple(folder for folder in gallery.unfinished if folder not in read.roots)
            self._set(replace(gallery, unfinished=left))
            refused = f"; {len(gallery.refused)} photographs could not be used" if gallery.refused else ""
            text = f"{len(gallery)} faces of {read.photographs} photographs{refused}"
            self._bench.notify("info", "The folders are read", text)

    # What follows.

    def _gallery_changed(self, new: Gallery, old: Gallery) -> None:
        if new is not self._mine:
            # Undone, or another session: what is still being found belongs to neither.
            for ticket in (self._reading, self._grouping):
                if ticket is not None:
                    self._bench.engine.cancel(ticket)
            self._mine = new
        self._relist()

    def _embedded(self) -> None:
        if self._session.browsing.order == "similarity":
            self._show()
        if self._session.browsing.listing:
            self._mapped = self._mapped if self._session.browsing.method == "t-sne" else ()
            self._project()

    def _selection_changed(self) -> None:
        browsing = self._session.browsing
        if browsing.order == "similarity" and not browsing.chosen:
            self._show()

    def _encoder_changed(self) -> None:
        if self._session.browsing.order == "similarity":
            self._show()
        self._project()

    def _relist(self, *_: object) -> None:
        session = self._session
        if session.gallery is EMPTY and not (session.faces or session.vectors or len(session.browsing.listing)):
            return
        listing = listing_of(session)
        chosen = tuple(key for key in session.browsing.chosen if key in listing.places)
        self._browse(listing=listing, chosen=chosen)
        self._show()
        self._compare()
        self._project()

    def _show(self) -> None:
        self._browse(shown=self._search.shown())

    def _set(self, gallery: Gallery) -> None:
        self._mine = gallery
        self._session.gallery = gallery

    def _browse(self, **fields: Any) -> Any:
        browsing = self._session.browsing
        if any(getattr(browsing, name) is not value for name, value in fields.items()):
            self._session.browsing = replace(browsing, **fields)
        return self._session.browsing
