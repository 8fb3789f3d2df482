"""The world calls a guest."""
