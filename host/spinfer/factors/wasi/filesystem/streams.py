"""Files as streams: reading on from a place, writing on from a place, appending. Guest thread."""

from __future__ import annotations

import os

from spinfer.factors.wasi.filesystem.codes import FileError, code_of
from spinfer.factors.wasi.filesystem.open_file import OpenFile
from spinfer.factors.wasi.stdio import WRITE_BYTES
from spinfer.factors.wasi_io.error import StreamError
from spinfer.factors.wasi_io.poll import Ready
from spinfer.factors.wasi_io.streams import Closed, Ended, Failed


class FileReader(Ready):
    """An input stream that ends where the file ends."""

    __slots__ = ("_file", "_offset")

    def __init__(self, file: OpenFile, offset: int) -> None:
        self._file = file
        self._offset = offset

    def read(self, max_bytes: int) -> bytes | Ended:
        try:
            data = os.pread(self._file.fd, max_bytes, self._offset)
        except (OSError, OverflowError) as e:
            return _failed(e)
        if not data and max_bytes:
            return Closed()
        self._offset += len(data)
        return data

    def drop(self) -> None:
        self._file.close()


class FileWriter(Ready):
    """An output stream; what it took is with the system at once, so flushing is no work."""

    __slots__ = ("_file", "_offset")

    def __init__(self, file: OpenFile, offset: int | None) -> None:
        """`offset` None: always at the file's end."""
        self._file = file
        self._offset = offset

    def check_write(self) -> int | Ended:
        return WRITE_BYTES

    def write(self, data: bytes) -> Ended | None:
        try:
            self._write_all(memoryview(data))
        except (OSError, OverflowError) as e:
            return _failed(e)
        return None

    def flush(self) -> Ended | None:
        return None

    def drop(self) -> None:
        self._file.close()

    def _write_all(self, left: memoryview) -> None:
        while left:
            offset = os.fstat(self._file.fd).st_size if self._offset is None else self._offset
            written = os.pwrite(self._file.fd, left, offset)
            if self._offset is not None:
                self._offset += written
            left = left[written:]


def _failed(failure: OSError | OverflowError) -> Failed:
    return Failed(StreamError(str(failure), FileError(code_of(failure))))
