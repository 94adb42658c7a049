"""Generators from vectors to faces: what they are taught with, and how they are judged (Vec2Face-v2)."""
