"""The demo: serve an example, ask it one question, and keep serving where somebody is there to look at it.

Without a terminal it ends after the answer: with 0, if there was one.
"""

from __future__ import annotations

import subprocess
import sys
import urllib.request
from pathlib import Path

SPINFER = Path(sys.executable).with_name("spinfer")
EXAMPLE = "guest-examples/sentiment"
ADDRESS = "127.0.0.1:3000"
SENTENCE = "The soup was cold and the waiter rude."
ANSWER_S = 60


def main() -> int:
    print(f"\n$ spinfer up -f {EXAMPLE}", flush=True)
    options = ("--listen", ADDRESS, "--find-free-port")
    with subprocess.Popen([SPINFER, "up", "-f", EXAMPLE, *options], stdout=subprocess.PIPE, text=True) as app:
        try:
            url = announced(app)
            if url is None:
                return app.wait() or 1
            show_an_answer(url)
            if sys.stdin.isatty() and sys.stdout.isatty():
                print(f"\nOpen {url} for its page. Ctrl-C stops it.", flush=True)
                return app.wait()
            print("\nStopped: without a terminal the demo ends here.", flush=True)
        except KeyboardInterrupt:  # the app has heard it too
            app.wait()
        finally:
            app.terminate()
    return 0


def announced(app: subprocess.Popen[str]) -> str | None:
    """Pass on what the app says when it starts; where it serves, or None if it ended instead."""
    assert app.stdout is not None
    url = None
    for line in app.stdout:
        print(line, end="", flush=True)
        if line.startswith("Serving "):
            url = line.split()[1]
        if line.startswith("    "):  # the description of the last route
            break
    else:
        return None
    if url is not None and not url.endswith(ADDRESS):
        print(f"\n{ADDRESS} is in use by another program, so the demo is at {url}", flush=True)
    return url


def show_an_answer(url: str) -> None:
    print(f'\n$ curl -d "{SENTENCE}" {url}/api/sentiment', flush=True)
    with urllib.request.urlopen(f"{url}/api/sentiment", SENTENCE.encode(), timeout=ANSWER_S) as answer:
        print(answer.read().decode(), flush=True)


if __name__ == "__main__":
    sys.exit(main())
