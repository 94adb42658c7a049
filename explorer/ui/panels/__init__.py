"""The docks: each draws a part of the session and asks the workbench for changes."""
