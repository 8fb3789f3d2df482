"""Compile, limit, instantiate: how components become guests. It knows no factor by name."""
