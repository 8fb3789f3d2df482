"""wasmtime's component API, made safe, typed and fast. It knows no capability."""
