"""The command: prepare tools and models, measure, print the tables."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from bench.engine import figures, models, scenarios, tools
from bench.engine.harness import measure
from bench.engine.ours import engine_threads
from bench.engine.report import as_json, markdown
from bench.engine.say import Unmeasurable, say
from bench.engine.scenarios import Scenario, Setup, Sizes
from spinfer import builtin

_CACHE = Path(__file__).parents[3] / "build" / "bench"
_QUICK = Sizes(one=16, many=8)
_LONG = Sizes(prompt=256, many=32)


def main() -> int:
    options = _options()
    try:
        found = _tools(options)
        chosen = _scenarios(options, found)
        results = [measure(scenario, options.repetitions) for scenario in chosen]
    except Unmeasurable as e:
        say(f"Error: {e}")
        return 1
    except KeyboardInterrupt:
        return 130
    print(markdown(results))
    if options.json:
        options.json.write_text(json.dumps(as_json(results, found, options.repetitions), indent=2) + "\n")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser("bench-engine", description="The engine against llama.cpp's own tools.")
    parser.add_argument("--tools", type=Path, metavar="DIR", help="llama.cpp's tools, if they are built")
    parser.add_argument("--threads", type=int, help="for all; otherwise what the engine chooses for a model")
    parser.add_argument("--repetitions", type=int, help="7 unless told; 2 with --quick")
    parser.add_argument("--only", action="append", default=[], metavar="TEXT", help="scenarios named so")
    parser.add_argument("--quick", action="store_true", help="a small model, few tokens: to try it out")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    options.repetitions = options.repetitions or (2 if options.quick else 7)
    return options


def _tools(options: argparse.Namespace) -> tools.Tools:
    found = tools.without_crashing(tools.prepare(_CACHE, options.tools), models.small_llama(_CACHE))
    theirs, ours = found.features(), tools.installed_features()
    if theirs and theirs != ours:
        say(f"Unlike: the tools were built for {theirs}, and llama-cpp-python for {ours}")
    return found


def _scenarios(options: argparse.Namespace, found: tools.Tools) -> list[Scenario]:
    sizes = _QUICK if options.quick else Sizes()

    def setup(model: Path) -> Setup:
        threads = options.threads or engine_threads(model)
        return Setup(found, model, threads, sizes)

    large = setup((models.small_llama if options.quick else models.large_llama)(_CACHE))
    every = [
        Scenario(figures.DECODE_ONE, "tokens/s", large, scenarios.decode_one),
        Scenario(figures.DECODE_MANY, "tokens/s", large, scenarios.decode_many),
        Scenario(figures.ONE_BY_ONE, "tokens/s", large, scenarios.one_by_one),
        Scenario(figures.LONG, "tokens/s", replace(large, sizes=_LONG), scenarios.decode_many),
        Scenario(figures.STEP, "ms", large, scenarios.step),
        Scenario(figures.PREFILL, "tokens/s", large, scenarios.prefill),
        Scenario(figures.PREFIX, "s", large, scenarios.shared_prefix),
        Scenario(figures.CROWDED, "tokens/s", large, scenarios.crowded_cache),
        Scenario(figures.EMBEDDINGS, "texts/s", setup(models.bert(_CACHE)), scenarios.embeddings),
        *_of_the_builtin(setup),
    ]
    return [s for s in every if not options.only or any(text in s.name for text in options.only)]


def _of_the_builtin(setup: Callable[[Path], Setup]) -> list[Scenario]:
    """What can be measured of the models that are there."""
    found = []
    if _there(builtin.CHAT_MODEL):
        chat = setup(models.endless(builtin.CHAT_MODEL, _CACHE))
        found.append(Scenario(figures.BUILTIN_ONE, "tokens/s", chat, scenarios.decode_one))
    if _there(builtin.EMBEDDING_MODEL):
        embeds = setup(builtin.EMBEDDING_MODEL)
        found.append(Scenario(figures.BUILTIN_EMBEDDINGS, "texts/s", embeds, scenarios.embeddings))
    return found


def _there(model: Path) -> bool:
    if not model.exists():
        say(f"{model} is not there: skipped")
    return model.exists()


if __name__ == "__main__":
    sys.exit(main())
