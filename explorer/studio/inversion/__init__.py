"""Turning an embedding back into a face."""
