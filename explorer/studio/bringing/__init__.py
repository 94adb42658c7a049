"""Bringing networks of the user's own: tried on faces of known people, checked, and kept."""
