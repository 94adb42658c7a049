"""Where the features meet: the table of features, the workbench, the engine with every handler, the command line."""
