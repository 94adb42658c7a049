"""Many independent pieces of work: one after another in this process, or on workers of this machine or of others."""
