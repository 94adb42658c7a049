"""Parts of panels. They know no workbench but through the desk they are handed."""
