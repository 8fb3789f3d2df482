"""`python -m guests NAME…`: build guest examples, and put each component where its spin.toml looks for it."""

import shutil
import sys

from guests import ROOT, component, example


def main(names: list[str]) -> None:
    for name in names:
        built = component(example(name))
        place = ROOT / "guest-examples" / name / built.name
        if not place.exists() or place.stat().st_mtime_ns != built.stat().st_mtime_ns:
            shutil.copy2(built, place)


if __name__ == "__main__":
    main(sys.argv[1:])
