"""Recipes for the weights that the project ships, one a file."""
