"""What spin.toml and spinfer.toml share: reading TOML, checking it against tables, and saying what is wrong.

A room of its own, below `manifest` and `config`, so that neither has to know the other.
"""
