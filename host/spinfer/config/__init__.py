"""spinfer.toml and the options that stand in for it, as values."""
