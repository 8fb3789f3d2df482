"""SQLite databases: what a component may open, what its statements may do, and results as WIT values."""
