"""Likeness: a desktop explorer of what a face identity embedding gives away."""

__version__ = "0.1.0"
