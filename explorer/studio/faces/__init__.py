"""Photographs, their faces and bare vectors."""
