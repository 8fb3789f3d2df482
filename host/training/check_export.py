"""Compares an exported chat GGUF with the torch model it came from.

python check_export.py dump out/chat /tmp/logits.npz        (where torch is)
python check_export.py compare /tmp/logits.npz chat.gguf     (where llama-cpp-python is)
"""

import argparse
from pathlib import Path
from random import Random

import numpy as np

PROMPTS = 40


def dump(folder: Path, target: Path) -> None:
    """Store prompts' token ids and torch's logits of their last position."""
    import torch  # noqa: PLC0415  (compare runs where there is no torch)
    from corpus.example import Split  # noqa: PLC0415
    from corpus.mix import chat_prompt, draw_example  # noqa: PLC0415
    from export_chat import load_model, load_tokenizer  # noqa: PLC0415
    from tokenizer import BEGIN  # noqa: PLC0415

    tokenizer = load_tokenizer(folder)
    model = load_model(folder, tokenizer)
    rng = Random(5)
    stored: dict[str, np.ndarray] = {}
    for i in range(PROMPTS):
        ids = [BEGIN, *tokenizer.encode(chat_prompt(draw_example(rng, Split.HELD_OUT)))]
        with torch.no_grad():
            stored[f"ids{i}"] = np.array(ids)
            stored[f"logits{i}"] = model(torch.tensor([ids]))[0, -1].numpy()
    np.savez(target, **stored)


def compare(stored: Path, gguf: Path) -> None:
    """Print how far llama.cpp's logits are from torch's."""
    from llama_cpp import Llama  # noqa: PLC0415

    llama = Llama(str(gguf), n_ctx=1024, n_threads=1, verbose=False, logits_all=False)
    arrays = np.load(stored)
    same, far = 0, 0.0
    for i in range(PROMPTS):
        ids, expected = arrays[f"ids{i}"].tolist(), arrays[f"logits{i}"]
        llama.reset()
        llama.eval(ids)
        got = np.ctypeslib.as_array(llama._ctx.get_logits(), shape=(len(expected),))
        same += int(got.argmax() == expected.argmax())
        far = max(far, float(np.abs(got - expected).max()))
    print(f"same likeliest token {same}/{PROMPTS}, largest difference of a logit {far:.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("action", choices=["dump", "compare"])
    parser.add_argument("source", type=Path)
    parser.add_argument("target", type=Path)
    arguments = parser.parse_args()
    (dump if arguments.action == "dump" else compare)(arguments.source, arguments.target)


if __name__ == "__main__":
    main()
