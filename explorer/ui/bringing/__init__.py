"""Bringing a network of one's own."""
