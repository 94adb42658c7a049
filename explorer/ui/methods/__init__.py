"""Every way from a vector back to a face, side by side."""
