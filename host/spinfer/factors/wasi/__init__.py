"""WASI 0.2 but for `wasi:io` and `wasi:http`: command line, clocks, randomness, files, and no sockets."""
