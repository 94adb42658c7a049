"""Encoders that answer nothing but embeddings: how they are asked, what they answered, and attacks on them."""
