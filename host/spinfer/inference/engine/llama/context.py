"""A llama.cpp context, owned."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spinfer.inference.engine.handle import Handle, Native
from spinfer.inference.engine.llama.batch import Batch
from spinfer.inference.engine.llama.library import CannotLoad, complaining, llama
from spinfer.inference.engine.llama.model import Model
from spinfer.inference.engine.llama.sampler import Sampler
from spinfer.inference.engine.model_info import Pooling
from spinfer.inference.engine.plan import DecodeFailed


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """What a sequence held in the cache, as llama.cpp writes it down."""

    content: NDArray[np.uint8]


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
        params = llama.llama_context_default_params()
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
        with complaining() as said:
            pointer = model.new_context(params)
        if not pointer:
            raise CannotLoad(said[0] if said else "")
        self._handle = Handle("context", pointer, llama.llama_free)
        self._memory = llama.llama_get_memory(pointer)
        _apply(model.adapters, pointer)
        self._model = model
        self._vocabulary = model.info.vocabulary
        self._dimensions = model.info.dimensions
        self.cells = int(llama.llama_n_ctx(pointer))
        self.batch_tokens = int(llama.llama_n_batch(pointer))
        # The flag that llama.cpp looks at between operations is a C string, and the C function that reads it
        # is strlen: "" goes on, anything else stops. A Python callback would need the GIL each time.
        self._stop = ctypes.create_string_buffer(2)
        strlen = ctypes.cast(ctypes.CDLL(None).strlen, llama.ggml_abort_callback)
        llama.llama_set_abort_callback(pointer, strlen, ctypes.cast(self._stop, ctypes.c_void_p))

    def copy(self, source: int, target: int, length: int) -> None:
        llama.llama_memory_seq_cp(self._live_memory(), source, target, 0, length)

    def remove(self, seq_id: int) -> None:
        llama.llama_memory_seq_rm(self._live_memory(), seq_id, -1, -1)

    def save(self, seq_id: int, length: int) -> Snapshot:
        """A copy of the first `length` cells of a sequence, which loses the others."""
        llama.llama_memory_seq_rm(self._live_memory(), seq_id, length, -1)
        size = llama.llama_state_seq_get_size(self._handle.pointer, seq_id)
        content = np.empty(size, np.uint8)
        written = llama.llama_state_seq_get_data(self._handle.pointer, _bytes(content), size, seq_id)
        assert written == size, "a sequence does not change while it is copied"
        return Snapshot(content)

    def restore(self, snapshot: Snapshot, seq_id: int, length: int) -> None:
        """Begin a sequence with the first `length` cells of what was saved, all of which must find room."""
        content = snapshot.content
        pointer = self._handle.pointer
        read = llama.llama_state_seq_set_data(pointer, _bytes(content), content.size, seq_id)
        assert read == content.size, "the scheduler leaves room for it"
        llama.llama_memory_seq_rm(self._live_memory(), seq_id, length, -1)

    def clear(self) -> None:
        """Forget every sequence; a model without a cache has nothing to forget."""
        if self._memory:
            llama.llama_memory_clear(self._live_memory(), False)

    def decode(self, batch: Batch) -> None:
        """Raises DecodeFailed."""
        code = llama.llama_decode(self._handle.pointer, batch.as_argument())
        if code:
            raise DecodeFailed(code)

    def sample(self, sampler: Sampler, row: int) -> int:
        """Draw the token after row `row` of the last decode; DEAD_END where a grammar allows none."""
        return sampler.draw(self.logits(row))

    def logits(self, row: int) -> NDArray[np.float32]:
        """Of the token after row `row` of the last decode; good until the next decode."""
        values = llama.llama_get_logits_ith(self._handle.pointer, row)
        return np.ctypeslib.as_array(values, (self._vocabulary,))

    def embedding(self, seq_id: int) -> NDArray[np.float32]:
        """A copy of the pooled vector of one sequence of the last decode, not normalised."""
        values = llama.llama_get_embeddings_seq(self._handle.pointer, seq_id)
        return np.ctypeslib.as_array(values, (self._dimensions,)).astype(np.float32, copy=True)

    def interrupt(self) -> None:
        """Any thread: a decode under way ends soon with DecodeFailed, and so do all that follow."""
        self._stop[0] = b"x"

    def close(self) -> None:
        self._handle.close()

    def _live_memory(self) -> Native:
        assert self._handle.pointer and self._memory
        return self._memory


def _bytes(content: NDArray[np.uint8]) -> Native:
    return content.ctypes.data_as(ctypes.POINTER(ctypes.c_uint8))


def _apply(adapters: list[tuple[Native, float]], context: Native) -> None:
    if not adapters:
        return
    pointers = (llama.llama_adapter_lora_p_ctypes * len(adapters))(*(pointer for pointer, _ in adapters))
    scales = (ctypes.c_float * len(adapters))(*(scale for _, scale in adapters))
    code = llama.llama_set_adapters_lora(context, pointers, len(adapters), scales)
    assert code == 0, "adapters that were loaded for the model fit its contexts"
