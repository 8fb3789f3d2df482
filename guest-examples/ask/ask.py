"""Ask a language model one question and print its answer."""

import argparse
import sys
import textwrap  # noqa: F401 - argparse wants it for --help, and a guest imports only while it is built

from componentize_py_types import Err
from wit_world import exports
from wit_world.imports import environment, llm

options = argparse.ArgumentParser(prog="ask", description=__doc__)
options.add_argument("prompt", nargs="+", help="the question; several words make one prompt")
options.add_argument("--model", default="llama2-chat", help="which model to ask (%(default)s)")
options.add_argument("--max-tokens", type=int, default=100, help="where to cut the answer (%(default)s)")
options.add_argument("--temperature", type=float, default=0.0, help="how freely to answer (%(default)s)")


class Run(exports.Run):
    def run(self) -> None:
        asked = options.parse_args(environment.get_arguments()[1:])
        params = llm.InferencingParams(
            max_tokens=asked.max_tokens,
            repeat_penalty=1.0,
            repeat_penalty_last_n_token_count=0,
            temperature=asked.temperature,
            top_k=40,
            top_p=0.9,
        )
        try:
            answer = llm.infer(asked.model, " ".join(asked.prompt), params)
        except Err as failure:
            print(f"ask: {reason(failure.value, asked.model)}", file=sys.stderr)
            raise Err(None) from None  # exit code 1
        usage = answer.usage
        print(answer.text.strip())
        print(f"[{usage.prompt_token_count} prompt tokens, {usage.generated_token_count} generated]")


def reason(error: llm.Error, model: str) -> str:
    match error:
        case llm.Error_InvalidInput(message) | llm.Error_RuntimeError(message):
            return message
        case llm.Error_ModelNotSupported():
            return f"this host has no model called '{model}'"
