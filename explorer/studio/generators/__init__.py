"""Generators of the user's own, brought and taken away from the window."""
