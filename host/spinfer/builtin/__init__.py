"""The models inside the package, and where they lie."""

from pathlib import Path

CHAT_MODEL = Path(__file__).with_name("chat.gguf")
EMBEDDING_MODEL = Path(__file__).with_name("embedding.gguf")
