"""The inference engine measured against llama.cpp's own tools, on the same files, threads and machine.

python -m bench.engine, with `tests/` on the path; `make bench-engine` does that.
"""
