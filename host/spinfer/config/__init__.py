"""spinfer.toml, runtime-config.toml and the options that stand in for them, as values."""
