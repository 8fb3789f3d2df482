from collections.abc import Iterator

import pytest

from spinfer.runtime.compiler import Compiler


@pytest.fixture(scope="session")
def compiler() -> Iterator[Compiler]:
    with Compiler() as compiler:
        yield compiler
