"""Accepts connections and hands each to the worker process that has the fewest.

Every process has an interpreter's lock of its own, so that as many guests run at once as there are workers.
The kernel could let them all accept on one port, but not evenly: whoever wakes first takes all that wait.
"""

from __future__ import annotations

import logging
import selectors
import socket
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial

from spinfer.errors import WorkerError
from spinfer.triggers.http.handover import CONNECTION, END, END_NOW, READY

PAUSE_S = 0.05
"""How long nothing is accepted after it failed, or while every worker is behind."""
_AT_ONCE = 64
"""Connections that are accepted before the workers are listened to again."""

log = logging.getLogger(__name__)


class _Worker:
    """What the dispatcher knows of one."""

    def __init__(self, control: socket.socket) -> None:
        control.setblocking(False)
        self.control = control
        self.ready = False
        self.connections = 0


class Dispatcher:
    """A trigger: serves while at least one worker does; they end when it is cancelled."""

    def __init__(self, listener: socket.socket, controls: Sequence[socket.socket]) -> None:
        """Becomes the owner of these sockets; `controls` belong to pairs whose other ends workers have."""
        self._listener = listener
        self._workers = [_Worker(control) for control in controls]
        self._turn = 0
        self._held: socket.socket | None = None
        """A client that could be handed to nobody yet."""
        self._selector = selectors.DefaultSelector()
        self._waker, self._wakened = socket.socketpair()
        self._cancels = 0
        self._heard_cancels = 0
        self._accepting = False
        self._accept_again = 0.0
        self._begun = threading.Event()
        self._failed = False
        self._thread = threading.Thread(target=self._run, name="spinfer-dispatcher", daemon=True)

    def start(self) -> None:
        """Returns once the workers are ready. Raises WorkerError when none will be.

        Nothing is accepted before: a connection stays with its worker, and the first would get them all.
        """
        self._listener.setblocking(False)
        self._wakened.setblocking(False)
        self._selector.register(self._wakened, selectors.EVENT_READ, self._hear_cancel)
        for worker in self._workers:
            self._selector.register(worker.control, selectors.EVENT_READ, partial(self._hear, worker))
        self._thread.start()
        self._begun.wait()
        if self._failed:
            raise WorkerError("no process could be started to serve requests")

    def wait(self, timeout_s: float | None = None) -> bool:
        """Whether all workers have ended. Raises WorkerError if nobody asked them to."""
        self._thread.join(timeout_s)
        if self._thread.is_alive():
            return False
        if self._failed:
            raise WorkerError("every process that served requests has ended")
        return True

    def cancel(self) -> None:
        """Once: accept nothing more, let requests end; twice: do not. Any thread, and signal handlers."""
        self._cancels += 1
        with suppress(OSError):  # it has ended
            self._waker.send(b"c")

    def exit_code(self) -> int:
        return 0

    def _run(self) -> None:
        try:
            while self._workers:
                if all(worker.ready for worker in self._workers):
                    self._begun.set()
                self._accept_or_not()
                if self._held and self._accepting:  # after a pause; nobody else may come who would say so
                    self._accept()
                for key, _ in self._selector.select(PAUSE_S if self._held or self._paused() else None):
                    act: Callable[[], None] = key.data
                    act()
        finally:
            self._failed = not self._heard_cancels
            self._begun.set()
            self._selector.close()
            ends = [self._listener, self._waker, self._wakened, *(worker.control for worker in self._workers)]
            for end in [*ends, *([self._held] if self._held else [])]:
                end.close()

    def _paused(self) -> bool:
        return time.monotonic() < self._accept_again

    def _accept_or_not(self) -> None:
        """Listen to new clients just while they can be served."""
        wanted = self._begun.is_set() and not self._heard_cancels and not self._paused()
        if wanted and not self._accepting:
            self._selector.register(self._listener, selectors.EVENT_READ, self._accept)
        elif self._accepting and not wanted:
            self._selector.unregister(self._listener)
        self._accepting = wanted

    def _accept(self) -> None:
        for _ in range(_AT_ONCE):
            try:
                client = self._held or self._listener.accept()[0]
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as e:
                log.warning("no connection can be accepted just now: %s", e.strerror)
                self._pause()
                return
            self._held = None
            if not self._hand_over(client):
                self._held = client
                self._pause()
                return
            client.close()

    def _pause(self) -> None:
        self._accept_again = time.monotonic() + PAUSE_S

    def _hand_over(self, client: socket.socket) -> bool:
        """To the worker with the fewest, in turns where they have equally many; False if all are behind."""
        self._turn += 1
        count = len(self._workers)
        order = sorted(range(count), key=lambda n: (self._workers[n].connections, (n - self._turn) % count))
        for worker in [self._workers[n] for n in order]:
            with suppress(OSError):  # behind, or dead, which its end of the stream says soon
                socket.send_fds(worker.control, [CONNECTION], [client.fileno()])
                worker.connections += 1
                return True
        return False

    def _hear(self, worker: _Worker) -> None:
        if worker not in self._workers:  # lost since the selector looked
            return
        try:
            said = worker.control.recv(4096)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            said = b""
        if not said:
            self._lose(worker)
            return
        if READY in said:
            worker.ready = True
            said = said.replace(READY, b"")
        worker.connections -= len(said)

    def _lose(self, worker: _Worker) -> None:
        self._workers.remove(worker)
        self._selector.unregister(worker.control)
        worker.control.close()
        if not self._heard_cancels:
            log.error(
                "a process that serves requests has ended; %d of them go on%s",
                len(self._workers),
                "" if self._workers else ": nothing is served any more",
            )

    def _hear_cancel(self) -> None:
        with suppress(BlockingIOError):
            self._wakened.recv(64)
        if self._heard_cancels == self._cancels:
            return
        self._heard_cancels = self._cancels
        self._accept_or_not()
        self._listener.close()  # who comes now is refused, not kept waiting
        for worker in self._workers:
            try:
                worker.control.send(END if self._heard_cancels == 1 else END_NOW)
            except BlockingIOError:  # far behind: the end of the stream is the last it hears
                worker.control.shutdown(socket.SHUT_WR)
            except OSError:
                log.debug("a worker ended just now")
