"""The subcommands, a file each, named as the command, with `add_to(app)`; none imports torch to start."""
