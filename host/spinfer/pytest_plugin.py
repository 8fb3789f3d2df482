"""The fixture `spinfer_app` for pytest, which finds this module by the package's entry point.

It imports the host when a test first asks for an app: pytest loads this in every run, whatever is tested.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from spinfer.testing import App


@pytest.fixture
def spinfer_app(request: pytest.FixtureRequest) -> Iterator[Callable[..., App]]:
    """Makes apps, which end with the test: `app = spinfer_app(models={"llama2-chat": Scripted("positive")})`.

    The first argument, a spin.toml or a folder with one, is relative to the test's file; by default it is the
    nearest one from there upward. The others are those of `spinfer.testing.App`.
    """
    from spinfer.manifest import load as manifests  # noqa: PLC0415
    from spinfer.testing import App  # noqa: PLC0415

    folder = request.path.parent
    with ExitStack() as closing:

        def serve(source: str | Path | None = None, **options: Any) -> App:  # noqa: ANN401 - App's own
            path = manifests.nearest(folder) if source is None else folder / source
            return closing.enter_context(App(path, **options))

        yield serve
