"""Model folders as they are published → GGUF files as llama.cpp reads them. Files in, a file out."""
