"""Fetching networks from the window."""
