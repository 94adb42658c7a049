"""Synthetic people: drawn, written down with what is true of them."""
