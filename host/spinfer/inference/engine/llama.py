"""llama.cpp's handles, owned: the only module that imports llama_cpp.

A handle that was closed says so instead of crashing the process. What llama.cpp logs goes to `logging` at
debug level. It knows no scheduling, and no policy but what llama.cpp itself needs to run well.
"""

from __future__ import annotations

import ctypes
import logging
import os
import threading
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinfer.inference.engine.handle import Handle, Native
from spinfer.inference.engine.model_info import ModelInfo, Pooling
from spinfer.inference.engine.plan import DecodeFailed
from spinfer.inference.engine.sampling import Draw, Greedy, Penalties, Stage, Temperature, TopK, TopP

SPIN_COUNT = "1000"
"""How long llama.cpp's threads spin at a barrier before they sleep, for the OpenMP runtime (GOMP_SPINCOUNT).

Its default is some hundred times as long. With two threads on two cores and another busy process, a model of
200 M parameters went from 2–13 tokens/s to 30 with this value; on a quiet machine it lost 2 % (63 → 62)."""


def _load() -> Native:
    """Import llama.cpp. The OpenMP runtime reads its settings once, as it is loaded."""
    added = "GOMP_SPINCOUNT" not in os.environ and "OMP_WAIT_POLICY" not in os.environ
    if added:
        os.environ["GOMP_SPINCOUNT"] = SPIN_COUNT
    try:
        from llama_cpp import llama_cpp  # noqa: PLC0415 - only now is the environment right
    finally:
        if added:
            del os.environ["GOMP_SPINCOUNT"]
    return llama_cpp


_llama = _load()
_logger = logging.getLogger(__name__)
_complaints = threading.local()
_LOG_ERROR = 4


@_llama.llama_log_callback  # type: ignore[untyped-decorator]
def _log(level: int, text: bytes, _: object) -> None:
    message = text.decode("utf-8", "replace").strip()
    if level == _LOG_ERROR and (lines := getattr(_complaints, "lines", None)) is not None:
        lines.append(message)
    if message.strip("."):
        _logger.debug("%s", message)


_llama.llama_log_set(_log, None)
_llama.llama_backend_init()


class CannotLoad(Exception):
    """llama.cpp refused a model or a context; the text is what it said, if it said anything."""


class Model:
    """A loaded GGUF file: weights and vocabulary. Any thread may ask; close() waits for those who are asking.

    Raises CannotLoad. `progress` hears numbers from 0 to 1 on the thread that loads.
    """

    def __init__(
        self, path: Path, *, gpu_layers: int = 0, progress: Callable[[float], None] | None = None
    ) -> None:
        params = _llama.llama_model_default_params()
        params.n_gpu_layers = gpu_layers
        params.use_extra_bufts = not _misconfigures_tiles()
        heard = _llama.llama_progress_callback(lambda part, _: progress is None or progress(part) or True)
        params.progress_callback = heard
        with _complaining() as said:
            pointer = _llama.llama_model_load_from_file(os.fsencode(path), params)
        if not pointer:
            raise CannotLoad(said[0] if said else "")
        self._handle = Handle(f"model {path.name}", pointer, _llama.llama_model_free)
        self._vocab = _llama.llama_model_get_vocab(pointer)
        self._pieces: dict[int, bytes] = {}
        self._ends: dict[int, bool] = {}
        if problem := _tokenizer_problem(self._vocab):
            self.close()
            raise CannotLoad(problem)
        self.info = self._read_info(pointer)

    def tokenize(self, text: str, *, special: bool) -> array[int]:
        """Token ids, with those that the model wants around a text; `special` parses `<…>` tokens in it."""
        data = text.encode("utf-8", "replace")
        room = len(data) + 8
        with self._handle.borrow():
            while True:
                tokens = array("i", bytes(4 * room))
                address, _ = tokens.buffer_info()
                pointer = ctypes.cast(address, _llama.llama_token_p)
                count = _llama.llama_tokenize(self._vocab, data, len(data), pointer, room, True, special)
                if count >= 0:
                    return tokens[:count]
                room = -count

    def piece(self, token: int) -> bytes:
        """The bytes of a token; b"" for one that only steers. Not always whole UTF-8 characters."""
        if (known := self._pieces.get(token)) is None:
            with self._handle.borrow():
                known = self._pieces[token] = _piece(self._vocab, token, special=False)
        return known

    def ends(self, token: int) -> bool:
        """Whether the token ends a generation, of whatever kind."""
        if (known := self._ends.get(token)) is None:
            with self._handle.borrow():
                known = self._ends[token] = bool(_llama.llama_vocab_is_eog(self._vocab, token))
        return known

    def new_context(self, params: Native) -> Native:
        with self._handle.borrow() as pointer:
            return _llama.llama_init_from_model(pointer, params)

    def close(self) -> None:
        self._handle.close()

    def _read_info(self, pointer: Native) -> ModelInfo:
        template = _llama.llama_model_chat_template(pointer, None)
        bos, eos = _llama.llama_vocab_bos(self._vocab), _llama.llama_vocab_eos(self._vocab)
        return ModelInfo(
            description=_text(_llama.llama_model_desc, pointer),
            bytes=_llama.llama_model_size(pointer),
            trained_context=_llama.llama_model_n_ctx_train(pointer),
            dimensions=_llama.llama_model_n_embd_out(pointer),
            layers=_llama.llama_model_n_layer(pointer),
            width=_llama.llama_model_n_embd(pointer),
            heads=_llama.llama_model_n_head(pointer),
            cached_heads=_llama.llama_model_n_head_kv(pointer),
            vocabulary=_llama.llama_vocab_n_tokens(self._vocab),
            adds_bos=bool(_llama.llama_vocab_get_add_bos(self._vocab)),
            bos=_piece(self._vocab, bos, special=True).decode("utf-8", "replace"),
            eos=_piece(self._vocab, eos, special=True).decode("utf-8", "replace"),
            chat_template=template.decode("utf-8", "replace") if template else None,
            is_recurrent=bool(
                _llama.llama_model_is_recurrent(pointer) or _llama.llama_model_is_hybrid(pointer)
            ),
            needs_encoder=bool(
                _llama.llama_model_has_encoder(pointer) or _llama.llama_model_is_diffusion(pointer)
            ),
            metadata=_metadata(pointer),
        )


class Batch:
    """Rows for one decode: gathered in lists, then put into the arrays that llama.cpp reads in one go.

    `every_row` is what a context that pools wants: an output for each token.
    """

    def __init__(self, capacity: int, *, every_row: bool = False) -> None:
        self._every_row = every_row
        self._arrays = {name: np.zeros(capacity, np.int32) for name in ("token", "pos", "seq_id")}
        self._counts = np.ones(capacity, np.int32)
        self._outputs = np.zeros(capacity, np.int8)
        first = self._arrays["seq_id"].ctypes.data
        self._seq_ids = first + 4 * np.arange(capacity, dtype=np.uintp)
        self._batch = self._structure()
        self.clear()

    def clear(self) -> None:
        self._rows: tuple[list[int], list[int], list[int]] = ([], [], [])
        self._wanted: list[int] = []

    def add(self, seq_id: int, start: int, tokens: array[int]) -> None:
        """Append one sequence's tokens, at positions from `start`."""
        token, pos, seq_ids = self._rows
        token.extend(tokens)
        pos.extend(range(start, start + len(tokens)))
        seq_ids.extend([seq_id] * len(tokens))

    def output_last_row(self) -> int:
        """Ask for the logits of the row added last; returns its number, for Context.sample."""
        row = len(self._rows[0]) - 1
        self._wanted.append(row)
        return row

    def as_argument(self) -> Native:
        """What llama_decode takes; good until the next clear()."""
        count = len(self._rows[0])
        for values, rows in zip(self._arrays.values(), self._rows, strict=True):
            values[:count] = rows
        self._outputs[:count] = self._every_row
        self._outputs[self._wanted] = 1
        self._batch.n_tokens = count
        return self._batch

    def _structure(self) -> Native:
        batch = _llama.llama_batch()
        batch.token = _pointer(self._arrays["token"], _llama.llama_token)
        batch.pos = _pointer(self._arrays["pos"], _llama.llama_pos)
        batch.n_seq_id = _pointer(self._counts, ctypes.c_int32)
        batch.seq_id = _pointer(self._seq_ids, ctypes.POINTER(_llama.llama_seq_id))
        batch.logits = _pointer(self._outputs, ctypes.c_int8)
        return batch


class Context:
    """One llama.cpp context: a KV cache and the buffers of a decode. One thread, but for interrupt().

    Raises CannotLoad. `cells` and `batch_tokens` are what llama.cpp made of the wishes. With pooling, a
    decode makes one vector of each of its sequences, and nothing can be sampled.

    On a CPU, llama.cpp's flash attention adds up in half precision, in the order of the cells, and by other
    code from 64 rows on. So where two tokens are all but equally likely, who else runs can decide: of the
    greedy answers of a random model, 24 tokens each, 3 in 100 changed, of the built-in model's none in 512.
    """

    def __init__(
        self,
        model: Model,
        *,
        cells: int,
        sequences: int,
        batch_tokens: int,
        threads: int,
        pooling: Pooling = Pooling.NONE,
    ) -> None:
        params = _llama.llama_context_default_params()
        params.n_ctx = cells
        params.n_seq_max = sequences
        params.n_batch = batch_tokens
        params.n_ubatch = min(batch_tokens, 512) if pooling is Pooling.NONE else batch_tokens
        params.n_threads = params.n_threads_batch = threads
        params.kv_unified = True
        if pooling is Pooling.NONE:
            params.n_outputs_max = sequences
        else:
            params.embeddings = True
            params.pooling_type = pooling.value
        with _complaining() as said:
            pointer = model.new_context(params)
        if not pointer:
            raise CannotLoad(said[0] if said else "")
        self._handle = Handle("context", pointer, _llama.llama_free)
        self._memory = _llama.llama_get_memory(pointer)
        self._dimensions = model.info.dimensions
        self.cells = int(_llama.llama_n_ctx(pointer))
        self.batch_tokens = int(_llama.llama_n_batch(pointer))
        # The flag that llama.cpp looks at between operations is a C string, and the C function that reads it
        # is strlen: "" goes on, anything else stops. A Python callback would need the GIL each time.
        self._stop = ctypes.create_string_buffer(2)
        strlen = ctypes.cast(ctypes.CDLL(None).strlen, _llama.ggml_abort_callback)
        _llama.llama_set_abort_callback(pointer, strlen, ctypes.cast(self._stop, ctypes.c_void_p))

    def copy(self, source: int, target: int, length: int) -> None:
        _llama.llama_memory_seq_cp(self._live_memory(), source, target, 0, length)

    def remove(self, seq_id: int) -> None:
        _llama.llama_memory_seq_rm(self._live_memory(), seq_id, -1, -1)

    def clear(self) -> None:
        """Forget every sequence; a model without a cache has nothing to forget."""
        if self._memory:
            _llama.llama_memory_clear(self._live_memory(), False)

    def decode(self, batch: Batch) -> None:
        """Raises DecodeFailed."""
        code = _llama.llama_decode(self._handle.pointer, batch.as_argument())
        if code:
            raise DecodeFailed(code)

    def sample(self, sampler: Sampler, row: int) -> int:
        """Draw the token after row `row` of the last decode."""
        return int(_llama.llama_sampler_sample(sampler.pointer, self._handle.pointer, row))

    def embedding(self, seq_id: int) -> NDArray[np.float32]:
        """A copy of the pooled vector of one sequence of the last decode, not normalised."""
        values = _llama.llama_get_embeddings_seq(self._handle.pointer, seq_id)
        return np.ctypeslib.as_array(values, (self._dimensions,)).astype(np.float32, copy=True)

    def interrupt(self) -> None:
        """Any thread: a decode under way ends soon with DecodeFailed, and so do all that follow."""
        self._stop[0] = b"x"

    def close(self) -> None:
        self._handle.close()

    def _live_memory(self) -> Native:
        assert self._handle.pointer and self._memory
        return self._memory


class Sampler:
    """One sequence's sampler chain."""

    def __init__(self, stages: tuple[Stage, ...], vocabulary: int, history: array[int]) -> None:
        params = _llama.llama_sampler_chain_default_params()
        self._handle = Handle("sampler", _llama.llama_sampler_chain_init(params), _llama.llama_sampler_free)
        for stage in stages:
            _llama.llama_sampler_chain_add(self.pointer, _stage(stage, vocabulary))
        for token in history:
            _llama.llama_sampler_accept(self.pointer, token)

    @property
    def pointer(self) -> Native:
        return self._handle.pointer

    def close(self) -> None:
        self._handle.close()


def _stage(stage: Stage, vocabulary: int) -> Native:
    match stage:
        case Penalties(last_n, repeat):
            return _llama.llama_sampler_init_penalties(vocabulary, last_n, repeat, 0.0, 0.0)
        case TopK(k):
            return _llama.llama_sampler_init_top_k(k)
        case TopP(p):
            return _llama.llama_sampler_init_top_p(p, 1)
        case Temperature(t):
            return _llama.llama_sampler_init_temp(t)
        case Draw(seed):
            return _llama.llama_sampler_init_dist(seed)
        case Greedy():
            return _llama.llama_sampler_init_greedy()


def _tokenizer_problem(vocab: Native) -> str:
    """Why texts must not be tokenized; llama.cpp would end the process over it."""
    kind = _llama.llama_vocab_type(vocab)
    if kind == _llama.LLAMA_VOCAB_TYPE_NONE:
        return "the file has no tokenizer"
    if kind == _llama.LLAMA_VOCAB_TYPE_SPM:
        missing = {b"<0x%02X>" % byte for byte in range(256)}
        for token in range(_llama.llama_vocab_n_tokens(vocab)):
            missing.discard(_llama.llama_vocab_get_text(vocab, token))
            if not missing:
                return ""
        return f"its tokenizer has no token for {len(missing)} of the 256 bytes"
    return ""


def _misconfigures_tiles() -> bool:
    """Whether this build of llama.cpp multiplies matrices with AMX, through its "extra buffers".

    GCC 12 takes the instruction that configures the tiles for one that reads 8 bytes, and leaves out the
    stores of the other 56, so that every quantized model crashes the process. Which compiler it was does not
    show.
    """
    return b"AMX_INT8 = 1" in _llama.llama_print_system_info()


@contextmanager
def _complaining() -> Iterator[list[str]]:
    """Gathers the errors that llama.cpp logs on this thread."""
    lines: list[str] = []
    _complaints.lines = lines
    try:
        yield lines
    finally:
        del _complaints.lines


def _pointer(values: NDArray[Any], kind: Native) -> Native:
    return ctypes.cast(values.ctypes.data, ctypes.POINTER(kind))


def _piece(vocab: Native, token: int, *, special: bool) -> bytes:
    if token < 0:
        return b""
    room = 32
    while True:
        buffer = ctypes.create_string_buffer(room)
        count = _llama.llama_token_to_piece(vocab, token, buffer, room, 0, special)
        if count >= 0:
            return buffer.raw[:count]
        room = -count


def _text(function: Native, *arguments: Native) -> str:
    """What one of llama.cpp's functions that fill a buffer writes."""
    buffer = ctypes.create_string_buffer(1024)
    function(*arguments, buffer, len(buffer))
    return buffer.value.decode("utf-8", "replace")


def _metadata(model: Native) -> dict[str, str]:
    """All keys of the file that are not arrays too long for a buffer; values as text."""
    count = _llama.llama_model_meta_count(model)
    keys = [_text(_llama.llama_model_meta_key_by_index, model, i) for i in range(count)]
    values = [_text(_llama.llama_model_meta_val_str_by_index, model, i) for i in range(count)]
    return dict(zip(keys, values, strict=True))
