"""Figures composed for a page."""
