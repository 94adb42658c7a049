"""Work on whole folders."""
