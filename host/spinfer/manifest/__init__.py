"""spin.toml, as values."""
