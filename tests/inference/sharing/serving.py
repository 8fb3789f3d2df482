"""A process that has models, for one that asks: `python -m inference.sharing.serving FD`."""

from __future__ import annotations

import socket
import sys

from inference.sharing.models import Named
from spinfer.config.models import MockConfig, ScriptedReply
from spinfer.inference.backends.mock import MockBackend
from spinfer.inference.sharing.server import ModelServer

if __name__ == "__main__":
    patient = ScriptedReply(prompt="wait", text="for ever", delay_s=1000)
    model = MockBackend("m", MockConfig(replies=(patient,), default="at once"))
    ModelServer(Named(m=model), socket.socket(fileno=int(sys.argv[1]))).start()
    sys.stdin.read()
