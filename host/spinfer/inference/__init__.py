"""Prompts in, text out; it knows nothing of WebAssembly."""
