"""Generators of the user's own: brought by a dialog, listed and taken away in another."""
