"""`wasi:io`: errors, polling and streams, and the pipe that carries bodies between threads."""
