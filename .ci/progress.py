"""pip's verbose output in, a few lines of progress out; the whole of it goes to the log named as argument.

Ends with 1, and the end of the log, when pip said ERROR.
"""

import re
import sys
from collections import deque

STEP = re.compile(r"^\s*\[(\d+)/(\d+)\]\s")
WORTH_A_LINE = re.compile(r"^(Collecting|  Building wheel|Successfully installed)\b")


def main(log_path: str) -> int:
    interactive = sys.stdout.isatty()
    end: deque[str] = deque(maxlen=40)
    failed = compiling = False
    with open(log_path, "w", encoding="utf-8") as log:
        for line in sys.stdin:
            log.write(line)
            end.append(line)
            failed |= line.startswith("ERROR:") or "error: subprocess-exited-with-error" in line
            if step := STEP.match(line):
                done, total = map(int, step.groups())
                compiling = interactive
                if interactive:
                    print(f"\r  compiling llama.cpp: {done} of {total} files ", end="", flush=True)
                elif done % 20 == 0 or done == total:
                    print(f"  compiling llama.cpp: {done} of {total} files", flush=True)
            elif WORTH_A_LINE.match(line):
                print("\n" * compiling + f"  {line.strip()[:100]}", flush=True)
                compiling = False
    if failed:
        print("".join(end), file=sys.stderr)
        print(f"The installation failed; everything pip said is in {log_path}.", file=sys.stderr)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
