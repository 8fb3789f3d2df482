"""What a GGUF file says at its beginning, read without its weights and without llama.cpp."""
