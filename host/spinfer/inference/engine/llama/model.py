"""A loaded GGUF file, owned: weights, vocabulary, and what the file says of itself."""

from __future__ import annotations

import ctypes
import os
from array import array
from collections.abc import Callable
from pathlib import Path

from spinfer.inference.cancellation import Cancellation
from spinfer.inference.engine.handle import Handle, Native
from spinfer.inference.engine.llama.grammar import DEAD_END, Grammar, Grammars
from spinfer.inference.engine.llama.library import CannotLoad, complaining, llama
from spinfer.inference.engine.model_info import ModelInfo

MISCONFIGURES_TILES = b"AMX_INT8 = 1" in llama.llama_print_system_info()
"""Whether this build of llama.cpp multiplies matrices with AMX, through its "extra buffers".

GCC 12 takes the instruction that configures the tiles for one that reads 8 bytes, and leaves out the stores
of the other 56, so that every quantized model crashes the process. Which compiler it was does not show. A
build without AMX lays out weights anew for the CPU instead, as llama.cpp does unless it is told otherwise: a
model of 220 M parameters in Q4_K_M made 103 tokens/s so, and 84 without; 16 sequences 270 and 304. Asked
once, as this is imported: llama.cpp builds its answer in a static string, so no two threads may ask at once.
"""


class Model:
    """A loaded GGUF file: weights and vocabulary. Any thread may ask; close() waits for those who are asking.

    Raises CannotLoad, or Cancelled. `progress` hears numbers from 0 to 1 on the thread that loads.
    """

    def __init__(
        self,
        path: Path,
        *,
        gpu_layers: int = 0,
        progress: Callable[[float], None] | None = None,
        cancellation: Cancellation | None = None,
    ) -> None:
        stopped = cancellation or Cancellation()
        raised: list[BaseException] = []

        def goes_on(part: float, _: object) -> bool:
            try:
                if progress is not None:
                    progress(part)
            except BaseException as e:  # noqa: BLE001 - raised below: it cannot pass through C
                raised.append(e)
            return not (raised or stopped.cancelled)

        params = llama.llama_model_default_params()
        params.n_gpu_layers = gpu_layers
        params.use_extra_bufts = not MISCONFIGURES_TILES
        heard = llama.llama_progress_callback(goes_on)
        params.progress_callback = heard
        params.use_mmap = True
        with complaining() as said:
            pointer = llama.llama_model_load_from_file(os.fsencode(path), params)
        if not pointer:
            if raised:
                raise raised[0]
            stopped.check()
            raise CannotLoad(said[0] if said else "")
        self._handle = Handle(f"model {path.name}", pointer, self._free)
        self._vocab = llama.llama_model_get_vocab(pointer)
        self._pieces: dict[int, bytes] = {}
        self._ends: dict[int, bool] = {DEAD_END: True}
        self._grammars = Grammars(self._vocab)
        self.adapters: list[tuple[Native, float]] = []
        """Pointers and scales; llama.cpp frees them with the model."""
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
                pointer = ctypes.cast(address, llama.llama_token_p)
                count = llama.llama_tokenize(self._vocab, data, len(data), pointer, room, True, special)
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
                known = self._ends[token] = bool(llama.llama_vocab_is_eog(self._vocab, token))
        return known

    def add_adapter(self, path: Path, scale: float) -> None:
        """Add `scale` times a LoRA adapter's weights, in the contexts that are made from now on.

        Raises CannotLoad, also for an adapter of another model.
        """
        with self._handle.borrow() as pointer, complaining() as said:
            adapter = llama.llama_adapter_lora_init(pointer, os.fsencode(path))
        if not adapter:
            raise CannotLoad(said[0] if said else "")
        self.adapters.append((adapter, scale))

    def grammar(self, gbnf: str) -> Grammar:
        """The grammar, parsed once for this model. Raises BadGrammar."""
        with self._handle.borrow():
            return self._grammars.get(gbnf)

    def new_context(self, params: Native) -> Native:
        with self._handle.borrow() as pointer:
            return llama.llama_init_from_model(pointer, params)

    def close(self) -> None:
        self._handle.close()

    def _free(self, pointer: Native) -> None:
        """Nobody is asking any more; the grammars refer to the vocabulary."""
        self._grammars.close()
        llama.llama_model_free(pointer)

    def _read_info(self, pointer: Native) -> ModelInfo:
        template = llama.llama_model_chat_template(pointer, None)
        bos, eos = llama.llama_vocab_bos(self._vocab), llama.llama_vocab_eos(self._vocab)
        return ModelInfo(
            description=_text(llama.llama_model_desc, pointer),
            bytes=llama.llama_model_size(pointer),
            trained_context=llama.llama_model_n_ctx_train(pointer),
            dimensions=llama.llama_model_n_embd_out(pointer),
            layers=llama.llama_model_n_layer(pointer),
            width=llama.llama_model_n_embd(pointer),
            heads=llama.llama_model_n_head(pointer),
            cached_heads=llama.llama_model_n_head_kv(pointer),
            vocabulary=llama.llama_vocab_n_tokens(self._vocab),
            adds_bos=bool(llama.llama_vocab_get_add_bos(self._vocab)),
            bos=_piece(self._vocab, bos, special=True).decode("utf-8", "replace"),
            eos=_piece(self._vocab, eos, special=True).decode("utf-8", "replace"),
            chat_template=template.decode("utf-8", "replace") if template else None,
            is_recurrent=bool(
                llama.llama_model_is_recurrent(pointer) or llama.llama_model_is_hybrid(pointer)
            ),
            needs_encoder=bool(
                llama.llama_model_has_encoder(pointer) or llama.llama_model_is_diffusion(pointer)
            ),
            metadata=_metadata(pointer),
        )


def _tokenizer_problem(vocab: Native) -> str:
    """Why texts must not be tokenized; llama.cpp would end the process over it."""
    kind = llama.llama_vocab_type(vocab)
    if kind == llama.LLAMA_VOCAB_TYPE_NONE:
        return "the file has no tokenizer"
    if kind == llama.LLAMA_VOCAB_TYPE_SPM:
        missing = {b"<0x%02X>" % byte for byte in range(256)}
        for token in range(llama.llama_vocab_n_tokens(vocab)):
            missing.discard(llama.llama_vocab_get_text(vocab, token))
            if not missing:
                return ""
        return f"its tokenizer has no token for {len(missing)} of the 256 bytes"
    return ""


def _piece(vocab: Native, token: int, *, special: bool) -> bytes:
    if token < 0:
        return b""
    room = 32
    while True:
        buffer = ctypes.create_string_buffer(room)
        count = llama.llama_token_to_piece(vocab, token, buffer, room, 0, special)
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
    count = llama.llama_model_meta_count(model)
    keys = [_text(llama.llama_model_meta_key_by_index, model, i) for i in range(count)]
    values = [_text(llama.llama_model_meta_val_str_by_index, model, i) for i in range(count)]
    return dict(zip(keys, values, strict=True))
