"""The session as a file; editing and forgetting."""
