"""Tables of what the program has several of, each under a name: encoders, generators, loss terms, probes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Generic, TypeVar

from explorer.science.errors import LikenessError

T = TypeVar("T")

_filled: set[str] = set()
_joining: dict[str, list[Callable[[], None]]] = {}


def join_when_filled(table: str, join: Callable[[], None]) -> None:
    """Have something join a table as soon as that holds the program's own entries: at once where it does.

    So what the user has brought needs not load a table that loads much, and is there as soon as the table is.

    Args:
        table: what an entry of it is called: "encoder".
        join: registers, or takes away, what has come or gone; asked twice, it is called once.
    """
    if table in _filled:
        join()
    elif join not in _joining.setdefault(table, []):
        _joining[table].append(join)


def now_filled(table: str) -> None:
    """Say, at the end of its module, that a table holds the program's own entries."""
    _filled.add(table)
    for join in _joining.pop(table, []):
        join()


class UnknownNameError(LikenessError, KeyError):
    """A registry has nothing of that name; the message says what it has."""

    def __str__(self) -> str:
        # A KeyError's own text is the repr of its message, in quotes.
        return str(self.args[0])


class Registry(Mapping[str, T], Generic[T]):
    """Entries by name, in the order in which they were registered.

    A registry is a mapping of everything that is registered, whether switched off or not: what a file names is still
    understood. Loops over what is in use go through `names` and `enabled`, which leave out what is switched off. Both
    are read anew at each call, so that what is registered later appears everywhere.

    Args:
        kind: what an entry is called in messages, in the singular: "encoder".
        entries: what is registered from the start.
        name_of: gives an entry's name; only needed where there are entries from the start.
    """

    def __init__(self, kind: str, entries: Iterable[T] = (), name_of: Callable[[T], str] | None = None) -> None:
        self.kind = kind
        self._entries: dict[str, T] = {}
        self._aliases: dict[str, str] = {}
        self._disabled: set[str] = set()
        for entry in entries:
            if name_of is None:
                raise TypeError(f"a registry with entries needs name_of, which names a {kind}")
            self.register(name_of(entry), entry)

    def register(self, name: str, entry: T, aliases: Iterable[str] = ()) -> None:
        """Add an entry behind those there are.

        Args:
            aliases: other names by which it is found; they are not listed.

        Raises:
            ValueError: its name or an alias is empty or taken, and nothing is added.
        """
        names = (name, *aliases)
        for wanted in names:
            if not wanted:
                raise ValueError(f"the name of a {self.kind} is empty")
            if wanted in self or names.count(wanted) > 1:
                raise ValueError(f"another {self.kind} is called {wanted!r} already: choose a different name")
        self._entries[name] = entry
        self._aliases |= dict.fromkeys(names[1:], name)

    def unregister(self, name: str) -> T:
        """Remove an entry with its aliases; return it.

        Raises:
            UnknownNameError: there is none of that name.
        """
        canonical = self.canonical(name)
        self._aliases = {alias: entry for alias, entry in self._aliases.items() if entry != canonical}
        self._disabled.discard(canonical)
        return self._entries.pop(canonical)

    def canonical(self, name: str) -> str:
        """The name under which an entry is listed: the name itself, or the one that it is an alias of.

        Raises:
            UnknownNameError: there is none of that name.
        """
        if name not in self:
            raise UnknownNameError(f"no {self.kind} called {name!r}; there are {', '.join(self._entries) or 'none'}")
        return self._aliases.get(name, name)

    def aliases(self, name: str) -> tuple[str, ...]:
        """The other names of an entry.

        Raises:
            UnknownNameError: there is none of that name.
        """
        canonical = self.canonical(name)
        return tuple(alias for alias, entry in self._aliases.items() if entry == canonical)

    def disable(self, name: str) -> None:
        """Leave an entry out of `names` and `enabled`; it is still found by its name.

        Raises:
            UnknownNameError: there is none of that name.
        """
        self._disabled.add(self.canonical(name))

    def enable(self, name: str) -> None:
        """List an entry again, in its old place.

        Raises:
            UnknownNameError: there is none of that name.
        """
        self._disabled.discard(self.canonical(name))

    def is_enabled(self, name: str) -> bool:
        """Whether an entry is listed.

        Raises:
            UnknownNameError: there is none of that name.
        """
        return self.canonical(name) not in self._disabled

    def names(self) -> tuple[str, ...]:
        """The names of what is not switched off, without aliases, as they are now."""
        return tuple(name for name in self._entries if name not in self._disabled)

    def enabled(self) -> dict[str, T]:
        """What is not switched off, by name, as it is now."""
        return {name: self._entries[name] for name in self.names()}

    def __getitem__(self, name: str) -> T:
        return self._entries[self.canonical(name)]

    def __contains__(self, name: object) -> bool:
        return name in self._entries or name in self._aliases

    def __iter__(self) -> Iterator[str]:
        return iter(tuple(self._entries))

    def __len__(self) -> int:
        return len(self._entries)

    def __repr__(self) -> str:
        return f"<registry of {self.kind}s: {', '.join(self._entries) or 'none'}>"
