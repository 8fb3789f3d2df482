"""`wasi:http`: messages as a guest holds them, from a trigger and to whoever sends requests."""
