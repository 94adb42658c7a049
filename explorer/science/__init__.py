"""The methods: torch and numpy; no Qt, no files but the ones it is handed."""
