"""The actions of the window; `features` lists them."""
