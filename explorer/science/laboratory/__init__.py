"""What happens to embeddings when faces are moved, covered, attacked, averaged or altered (Deep Face Decoder, 4)."""
