"""spinfer.toml, as values."""
