"""A place to make models in: gone with its block, and with a process that was killed."""

import subprocess
import sys
from pathlib import Path

import pytest

import leftovers
from fakes.tiny_model import write_llama
from spinfer.errors import ModelError
from spinfer.model_store.made import keep, workplace
from spinfer.model_store.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def left(store: Store) -> list[Path]:
    return list(store.layout.incoming.iterdir())


def test_what_was_made_is_kept(store: Store) -> None:
    with workplace(store) as folder:
        path = keep(store, "made", write_llama(folder / "m.gguf"), source="quantize:x", licence="mit")
    model = store.model("made")
    assert model is not None
    assert (store.file(model), model.licence, model.summary.quantization) == (path, "mit", "F32")
    assert left(store) == []


def test_an_exception_leaves_nothing(store: Store) -> None:
    with pytest.raises(KeyboardInterrupt), workplace(store) as folder:
        (folder / "half").write_bytes(b"GGUF")
        raise KeyboardInterrupt
    assert left(store) == []
    assert store.entries() == ()


def test_two_at_once_do_not_sweep_each_other(store: Store) -> None:
    with workplace(store) as one, workplace(store) as other:
        assert one != other
        assert sorted(left(store)) == sorted([one, other])


def test_what_a_killed_process_left_goes(store: Store) -> None:
    script = f"""
from pathlib import Path
from spinfer.model_store.made import workplace
from spinfer.model_store.store import Store
with workplace(Store(Path({str(store.layout.root)!r}))) as folder:
    (folder / "half").write_bytes(b"GGUF")
    print(folder, flush=True)
    input()
"""
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        abandoned = Path(process.stdout.readline().strip())
        with workplace(store):
            assert (abandoned / "half").exists()
        process.kill()
    assert (abandoned / "half").exists()
    with workplace(store) as folder:
        assert left(store) == [folder]


def test_no_descriptor_is_left(store: Store) -> None:
    before = leftovers.files()
    for _ in range(3):
        with workplace(store):
            pass
    assert leftovers.files() <= before


def test_a_store_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "store").write_bytes(b"a file")
    with (
        pytest.raises(ModelError, match="the store of models cannot be written"),
        workplace(Store(tmp_path / "store")),
    ):
        pass
