"""Outbound HTTP: whom a component may ask, and the client that asks."""
