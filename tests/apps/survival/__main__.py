"""`python -m apps.survival`: ten thousand requests, and a report of what they left behind."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from pathlib import Path

from apps.survival import app
from apps.survival.load import Crowd, Tally
from apps.survival.server import Server, serving
from apps.survival.verdict import attack, judge

ROUNDS = 10


def main() -> int:
    options = _options()
    with tempfile.TemporaryDirectory(prefix="spinfer-survival-") as folder:
        place = Path(folder)
        app.write(place)
        with serving(place, os.environ, "-q", "--request-timeout", f"{options.deadline}s") as server:
            complaints = asyncio.run(_attack(server, options))
            if server.end():
                complaints.append("the host did not end in order")
        said = (place / "err").read_text()
    unexpected = [line for line in said.splitlines() if "Traceback" in line or "the host failed" in line]
    complaints += unexpected
    for complaint in complaints:
        print(f"✗ {complaint}")
    if unexpected:
        print(said[-5000:])
    print("it did not survive" if complaints else "it survived")
    return 1 if complaints else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser("survival", description="Mixed requests, well and badly behaved.")
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--deadline", type=int, default=5, help="seconds that a guest may take")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


async def _attack(server: Server, options: argparse.Namespace) -> list[str]:
    """What there is to complain of."""
    crowd = Crowd(server.port, clients=options.clients, seed=options.seed)
    await crowd.fill(options.deadline / 2)
    await crowd.ask(10 * options.clients, Tally())  # until every thread and the model are there
    tally, rounds = await attack(server, crowd, options.requests, rounds=ROUNDS, tell=_tell)
    print("\n".join(f"{count:6} {kind}" for kind, count in tally.right.most_common()))
    return judge(tally, rounds)


def _tell(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
