"""What is the same for every session: preferences and layouts."""
