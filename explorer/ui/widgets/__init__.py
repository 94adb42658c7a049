"""Parts of panels. They know no workbench but through the dispatcher they are handed."""
