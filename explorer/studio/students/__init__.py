"""Students of encoders: what they learn from, how they are kept, and what they are worth."""
