"""The leaderboard: every encoder by every leak, measured piece by piece, as one page and one document."""
