"""Scores of reconstructions, metrics, and the papers' tables."""
