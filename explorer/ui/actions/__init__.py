"""What an action, a dock and a feature of the window are; `explorer.ui.window.features` lists them all."""
