"""The direction of imports, the import fences, and the size and names of files."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "host" / "spinfer"

LAYERS: tuple[frozenset[str], ...] = (
    frozenset({"errors", ""}),
    frozenset({"documents", "downloads", "gguf_header", "web"}),
    frozenset({"manifest", "config", "builtin"}),
    frozenset({"bindings", "building", "conversion"}),
    frozenset({"model_store"}),
    frozenset({"inference"}),
    frozenset({"factors"}),
    frozenset({"runtime"}),
    frozenset({"triggers"}),
    frozenset({"assembly"}),
    frozenset({"bench", "doctor", "testing"}),  # measure, examine and test whole apps, which assembly makes
    frozenset({"templates"}),  # new apps, whose tests use testing
    frozenset({"cli"}),
    frozenset({"__main__", "pytest_plugin"}),
)
"""From the floor up: a module imports from its own package and from lower layers only."""

FACTOR_EDGES: frozenset[tuple[str, str]] = frozenset(
    {
        ("wasi", "wasi_io"),  # standard streams, files and timers are streams and pollables
        ("wasi_http", "wasi_io"),  # bodies are streams, and what is waited for is polled
        ("outbound_http", "wasi_http"),  # it sends the messages that guests make there
        ("outbound_http", "wasi_io"),  # whose bodies are its streams
        ("outbound_http", "outbound_networking"),  # to whom they may go
        ("key_value", "sqlite"),  # its default store is an SQLite file, opened with the same care
        ("outbound_redis", "outbound_networking"),  # to whom it may connect
        ("outbound_pg", "outbound_networking"),  # the same
    }
)
"""(importer, imported): the factors that know each other, each with a reason."""

FENCES = {
    "llama_cpp": ("inference/engine/llama/",),
    "wasmtime": ("bindings/", "runtime/"),
    "gguf": ("conversion/gguf_file.py",),
    "huggingface_hub": ("model_store/hub.py",),
    "httpx2": ("downloads/", "model_store/hub.py"),
}
"""Who alone may import a foreign package."""

NAMELESS = {"utils", "helpers", "common", "misc", "core"}

FILES = sorted(PACKAGE.rglob("*.py"))


def imports(file: Path) -> Iterator[str]:
    """Every module that a file imports, inside functions and under TYPE_CHECKING too, absolute."""
    package = ("spinfer", *file.relative_to(PACKAGE).parent.parts)
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join((*base, *filter(None, [node.module])))
            yield module
            if module == "spinfer" or module.endswith(".factors"):
                yield from (f"{module}.{alias.name}" for alias in node.names)


def room(module: str) -> str:
    """`spinfer.factors.llm.host` → `factors`; the package itself → ``."""
    parts = module.split(".")
    return (
        parts[1]
        if len(parts) > 1 and (PACKAGE / parts[1]).is_dir() | (PACKAGE / f"{parts[1]}.py").is_file()
        else ""
    )


def room_of(file: Path) -> str:
    first = file.relative_to(PACKAGE).parts[0].removesuffix(".py")
    return "" if first == "__init__" else first


def height(name: str) -> int:
    found = [i for i, layer in enumerate(LAYERS) if name in layer]
    assert found, f"{name}: in no layer of LAYERS; decide where it belongs"
    return found[0]


def test_imports_point_down() -> None:
    wrong = [
        f"{file.relative_to(PACKAGE)} imports {module}"
        for file in FILES
        for module in imports(file)
        if module.split(".")[0] == "spinfer"
        and room(module) != room_of(file)
        and height(room(module)) >= height(room_of(file))
        and room(module) != ""
    ]
    assert not wrong, wrong


@pytest.mark.parametrize("package", FENCES)
def test_a_foreign_package_has_one_door(package: str) -> None:
    wrong = [
        str(file.relative_to(PACKAGE))
        for file in FILES
        if any(module.split(".")[0] == package for module in imports(file))
        and not str(file.relative_to(PACKAGE)).startswith(FENCES[package])
    ]
    assert not wrong, wrong


def test_factors_are_strangers() -> None:
    met = set()
    for file in FILES:
        parts = file.relative_to(PACKAGE).parts
        if parts[0] != "factors" or len(parts) < 3:
            continue
        for module in imports(file):
            name = module.split(".")
            if (
                name[:2] == ["spinfer", "factors"]
                and len(name) > 2
                and (PACKAGE / "factors" / name[2]).is_dir()
            ):
                met.add((parts[1], name[2]))
    edges = {(a, b) for a, b in met if a != b}
    assert edges == FACTOR_EDGES, "write the edge down here with its reason, or cut it"


def test_files_hold_one_idea() -> None:
    long = {
        str(f.relative_to(PACKAGE)): n for f in FILES if (n := len(f.read_text("utf-8").splitlines())) > 400
    }
    assert not long, long
    nameless = [str(f) for f in FILES if f.stem in NAMELESS or set(f.relative_to(PACKAGE).parts) & NAMELESS]
    assert not nameless, nameless


def test_every_module_says_what_it_knows() -> None:
    silent = [
        str(f.relative_to(PACKAGE))
        for f in FILES
        if f.read_text("utf-8").strip() and not ast.get_docstring(ast.parse(f.read_text("utf-8")))
    ]
    assert not silent, silent


def test_this_test_sees_every_kind_of_import(tmp_path: Path) -> None:
    file = PACKAGE / "factors" / "llm" / "imaginary.py"
    tree = (
        "from ...inference import catalog\ndef f():\n    import llama_cpp\n    from spinfer import assembly\n"
    )
    seen = set()
    original = Path.read_text
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "read_text", lambda self, *a: tree if self == file else original(self, *a))
        seen = set(imports(file))
    assert {"spinfer.inference", "llama_cpp", "spinfer.assembly"} <= seen
