"""The subcommands, a file each, named as the command, with `add_to(app)`; one is imported when it is asked for."""
