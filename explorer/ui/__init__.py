"""The window: Qt only. Draws the session, sends requests, computes nothing."""
