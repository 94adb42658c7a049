"""People who never were: drawn, lit, and sent to the other panels."""
