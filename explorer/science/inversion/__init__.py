"""From an identity embedding back to an image (thesis chapter 4)."""
