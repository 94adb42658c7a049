"""How kinds of files are told apart by name, where several features ask for them."""

SESSION_SUFFIX = ".likeness"
SESSIONS = f"Session (*{SESSION_SUFFIX})"
