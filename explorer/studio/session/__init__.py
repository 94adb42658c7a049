"""What the user has loaded, set and got."""
