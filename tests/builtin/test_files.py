"""What the model files say of themselves."""

import llama_cpp
from llama_cpp.llama_chat_format import Jinja2ChatFormatter

from spinfer.builtin import CHAT_MODEL, EMBEDDING_MODEL

MESSAGES = [
    ("system", "Be brief."),
    ("user", "What is the capital of France?"),
    ("assistant", "The capital of France is Paris."),
    ("user", "Thanks!"),
]
RENDERED = (
    "<|im_start|>system\nBe brief.<|im_end|>\n"
    "<|im_start|>user\nWhat is the capital of France?<|im_end|>\n"
    "<|im_start|>assistant\nThe capital of France is Paris.<|im_end|>\n"
    "<|im_start|>user\nThanks!<|im_end|>\n"
    "<|im_start|>assistant\n"
)


def test_the_files_are_small():
    assert CHAT_MODEL.stat().st_size <= 8_000_000
    assert EMBEDDING_MODEL.stat().st_size <= 4_000_000


def test_the_chat_model_describes_itself(chat):
    metadata = chat.metadata
    assert metadata["general.architecture"] == "llama"
    assert metadata["general.license"] == "Apache-2.0"
    assert int(metadata["llama.context_length"]) == 1024
    assert metadata["tokenizer.ggml.add_bos_token"] == "true"
    assert metadata["tokenizer.ggml.eos_token_id"] == metadata["tokenizer.ggml.eot_token_id"]


def test_the_marks_of_the_template_are_single_tokens(chat):
    vocab = llama_cpp.llama_model_get_vocab(chat.model)
    for mark in (b"<|im_start|>", b"<|im_end|>"):
        (token,) = chat.tokenize(mark, add_bos=False, special=True)
        assert llama_cpp.llama_vocab_is_control(vocab, token)
    assert llama_cpp.llama_vocab_is_eog(vocab, chat.tokenize(b"<|im_end|>", add_bos=False, special=True)[0])


def test_llama_cpp_knows_the_template(chat):
    template = llama_cpp.llama_model_chat_template(chat.model, None)
    turns = [llama_cpp.llama_chat_message(role.encode(), text.encode()) for role, text in MESSAGES]
    messages = (llama_cpp.llama_chat_message * len(turns))(*turns)
    buffer = bytearray(2048)
    room = (llama_cpp.ctypes.c_char * len(buffer)).from_buffer(buffer)
    written = llama_cpp.llama_chat_apply_template(template, messages, len(turns), True, room, len(buffer))
    assert bytes(buffer[:written]).decode() == RENDERED


def test_the_template_is_sound_jinja(chat):
    formatter = Jinja2ChatFormatter(chat.metadata["tokenizer.chat_template"], eos_token="", bos_token="")
    assert formatter(messages=[{"role": r, "content": t} for r, t in MESSAGES]).prompt == RENDERED


def test_the_embedding_model_describes_itself(embedding):
    metadata = embedding.metadata
    assert metadata["general.architecture"] == "bert"
    assert metadata["general.license"] == "Apache-2.0"
    assert metadata["bert.pooling_type"] == str(llama_cpp.LLAMA_POOLING_TYPE_MEAN)
    assert int(metadata["bert.context_length"]) == 256
    assert embedding.n_embd() == 128
