"""`wasi:filesystem`: the folders that a component was given, and no way out of them."""
