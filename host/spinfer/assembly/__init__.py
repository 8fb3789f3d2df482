"""The composition root: names every concrete class and hands each its own part. Wiring, no behaviour."""

from spinfer.assembly.command import MODEL_FOLDER, CommandApp, CommandHost, factors
from spinfer.assembly.http import HttpApp, HttpHost

__all__ = ["MODEL_FOLDER", "CommandApp", "CommandHost", "HttpApp", "HttpHost", "factors"]
