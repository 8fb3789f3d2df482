"""A folder as Ollama keeps its models in: manifests, and blobs named by their content."""

import hashlib
import json
from pathlib import Path
from typing import Any

MODEL = "application/vnd.ollama.image.model"
TEMPLATE = "application/vnd.ollama.image.template"
LIST = "application/vnd.ollama.manifest.list.v2+json"


class OllamaFolder:
    """`old` writes what Ollama wrote before 0.40; otherwise as it does since."""

    def __init__(self, root: Path, *, old: bool = False) -> None:
        self.root = root
        self.old = old

    def blob(self, content: bytes) -> str:
        """Its digest."""
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        path = self.blob_path(digest)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return digest

    def blob_path(self, digest: str) -> Path:
        return self.root / "blobs" / digest.replace(":", "-")

    def add(self, name: str, model: Path | bytes, *, kind: str = MODEL) -> Path:
        """A model as `ollama pull` leaves it; `name` is NAMESPACE/MODEL/TAG. The blob's path."""
        content = model if isinstance(model, bytes) else model.read_bytes()
        digest = self.blob(content)
        template = self.blob(b"{{ .Prompt }}")
        layers = [{"mediaType": TEMPLATE, "digest": template}, {"mediaType": kind, "digest": digest}]
        self.manifest(name, {"schemaVersion": 2, "layers": layers})
        return self.blob_path(digest)

    def manifest(self, name: str, content: Any, *, host: str = "") -> Path:
        """What stands under a name, whatever it is."""
        host = host or ("registry.ollama.ai" if self.old else "ollama.com")
        path = self.root / ("manifests" if self.old else "manifests-v2") / host / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        if self.old:
            path.write_bytes(data)
        else:
            path.symlink_to(self.blob_path(self.blob(data)))
        return path
