"""Making components from their sources, by the commands that spin.toml names."""
