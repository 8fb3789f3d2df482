"""Reads guests' memories in, where a place is used for the first time, so that restoring them is cheap.

After a guest, wasmtime asks the kernel which pages of its memory were written (PAGEMAP_SCAN), and copies back
what had been there. Newer kernels (6.18 does) count a page that nobody ever touched as written: wasmtime then
copies the whole memory, and from then on after every guest, 7 MB for one with an interpreter that wrote 0.4.
Of a page that was read, the kernel knows that it is unchanged.

wasmtime's C API does not say where memories lie, but the kernel does (PROCMAP_QUERY, Linux 6.11).
"""

from __future__ import annotations

import ctypes
import fcntl
import logging
import threading
from collections import Counter
from collections.abc import Iterator
from struct import Struct
from typing import NamedTuple

LOOKS = 8
"""How often to look for new places, of the guests of one thread that make a component's number what it is.

wasmtime has places apart for each thread, or for a few. And a guest that comes while another is just leaving
may get that one's place, or a new one.
"""

_MAPS = "/proc/self/maps"
_NO_ACCESS = b"---p"
_MANY_BYTES = 64 << 30
_PROCMAP_QUERY = 0xC0686611
_QUESTION = Struct("<3Q80x")
"""struct procmap_query (linux/fs.h): its size, flags, an address."""
_ANSWER = Struct("<24x2Q16x2Q32x")
"""Where a mapping begins and ends, its place in a file and that file's number."""
_WRITABLE_FROM_THERE_ON = 0x02 | 0x10
_MADV_POPULATE_READ = 22

log = logging.getLogger(__name__)


class Places:
    """Knows when the next guest may be in a place that none was in before. Any thread."""

    def __init__(self, most_bytes: int) -> None:
        """To be made right after the engine. `most_bytes`: what is read in of each memory, at most."""
        self._most_bytes = most_bytes
        self._lock = threading.Lock()
        self._guests: Counter[str] = Counter()
        self._looks: Counter[tuple[str, int, int]] = Counter()
        self._reserved = tuple(_reserved())
        self._known: set[_Mapping] = set()

    def enter(self, component: str) -> bool:
        """Before it is instantiated, on its thread; whether that should be followed by `populate`."""
        with self._lock:
            self._guests[component] += 1
            case = component, threading.get_ident(), self._guests[component]
            look = self._looks[case] < LOOKS
            if look:
                self._looks[case] += 1
        return look

    def leave(self, component: str) -> None:
        """After its memory was given back."""
        with self._lock:
            self._guests[component] -= 1

    def populate(self) -> None:
        """Read in whatever memories have come since the last time; some 50 µs if none have."""
        try:
            for memory in (each for span in self._reserved for each in _writable(*span)):
                if memory not in self._known:
                    self._known.add(memory)
                    _madvise(
                        memory.start, min(memory.end - memory.start, self._most_bytes), _MADV_POPULATE_READ
                    )
        except OSError as e:
            log.debug("guests' memories cannot be found: %s", e)


class _Mapping(NamedTuple):
    start: int
    end: int
    offset: int
    """In the file whose content it is, where there is one: the compiled component."""
    inode: int


def _writable(first: int, end: int) -> Iterator[_Mapping]:
    """What may be written of these addresses. Raises OSError where the kernel cannot be asked."""
    with open(_MAPS, "rb", buffering=0) as maps:
        while first < end:
            query = bytearray(_QUESTION.pack(_QUESTION.size, _WRITABLE_FROM_THERE_ON, first))
            try:
                fcntl.ioctl(maps, _PROCMAP_QUERY, query)
            except FileNotFoundError:  # nothing from there on
                return
            found = _Mapping(*_ANSWER.unpack(query))
            if found.start < end:
                yield found
            first = found.end


def _reserved() -> Iterator[tuple[int, int]]:
    """Where as many addresses are reserved as guests' memories take; other engines' are among them."""
    with open(_MAPS, "rb") as maps:
        for line in maps:
            span, access, *_ = line.split(maxsplit=2)
            start, _, end = span.partition(b"-")
            if access == _NO_ACCESS and int(end, 16) - int(start, 16) >= _MANY_BYTES:
                yield int(start, 16), int(end, 16)


_madvise = ctypes.CDLL(None).madvise
_madvise.argtypes = (ctypes.c_size_t, ctypes.c_size_t, ctypes.c_int)
