"""What happens to embeddings when a face is altered, hidden, attacked, or rid of an attribute."""
