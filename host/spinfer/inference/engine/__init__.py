"""Continuous batching over llama.cpp: one engine for each loaded model."""
