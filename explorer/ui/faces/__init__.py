"""Photographs, faces, vectors."""
