"""Photographs, detection and differentiable alignment."""
