"""Ask a language model the question in the arguments, and print its answer."""

import sys

from componentize_py_types import Err
from wit_world import exports
from wit_world.imports import environment, llm

MODEL = "llama2-chat"
OPTIONS = llm.InferencingParams(
    max_tokens=200,
    repeat_penalty=1.0,
    repeat_penalty_last_n_token_count=0,
    temperature=0.0,
    top_k=40,
    top_p=0.9,
)


class Run(exports.Run):
    def run(self) -> None:
        question = " ".join(environment.get_arguments()[1:])
        if not question:
            fail("ask a question: spinfer run . What is WebAssembly?")
        try:
            print(llm.infer(MODEL, question, OPTIONS).text.strip())
        except Err as failure:
            fail(f"the model gave no answer: {failure.value}")


def fail(reason: str) -> None:
    print(f"PROJECT_NAME: {reason}", file=sys.stderr)
    raise Err(None)  # exit code 1
