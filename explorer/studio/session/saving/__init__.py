"""Session files and autosaves: a manifest in JSON and blobs that are named by their hash."""
