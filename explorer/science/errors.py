"""The errors of the library: what the person who calls it can put right."""


class LikenessError(Exception):
    """What was asked for cannot be done: the message says what was wrong, with which file or value, and what to do."""
