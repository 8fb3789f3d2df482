"""What llama.cpp on this machine was compiled to use, asked in a process of its own: `python -m` this module.

One that was compiled for another CPU may end the process as soon as it is loaded.
"""

from __future__ import annotations

from spinfer.inference import child
from spinfer.inference.child import News


def built_for() -> frozenset[str]:
    """`AVX2`, `FMA` and the like, as llama.cpp names them. Raises ChildFailed where it cannot be loaded."""
    answer = child.call(__spec__.name, {}, lambda news: None)
    return frozenset(answer["features"])


def parse(info: str) -> list[str]:
    """`CPU : SSE3 = 1 | AVX512 = 0 | …` → those that are 1."""
    _, _, flags = info.rpartition(" : ")
    pairs = (flag.partition("=") for flag in flags.split("|"))
    return [name.strip() for name, _, value in pairs if value.strip() == "1"]


if __name__ == "__main__":

    def _tell(_request: News, _heard: object) -> News:
        from spinfer.inference.engine.llama.library import llama  # noqa: PLC0415

        return {"features": parse(llama.llama_print_system_info().decode())}

    child.serve(_tell)
