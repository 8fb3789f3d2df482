"""Measures what serving HTTP costs: against wasmtime alone, and against `jco serve` on one component."""
