"""PostgreSQL servers elsewhere, as components ask them, with the values of four versions of the interface."""
