"""Labelled faces to train on: drawn, read from folders, kept in shards."""
