"""The figure composer."""
