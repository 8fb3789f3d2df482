"""The app under attack: guests of Spin's Python SDK beside guests of a few instructions, good and bad."""

from __future__ import annotations

import shutil
from pathlib import Path

from fakes import wat_http
from guests import component, example

ENDLESS = wat_http.guest(
    wat_http.START
    + "(loop $on "
    + wat_http.WRITE.format(4000)
    + " (br_if $on (i32.eqz (i32.load8_u (i32.const 32)))))"
    + wat_http.FINISH,
    b"0123456789" * 400,
)
"""It answers for as long as somebody reads."""

TEXTS = {
    "echo": wat_http.echoing(),
    "endless": ENDLESS,
    "loop": wat_http.LOOPING,
    "stall": wat_http.saying_and_looping(b"begun"),
    "trap": wat_http.TRAPPING,
}
"""Guests as component text; each has the route of its name."""
BUILT = {"hello": ("hello-http", "/hello/:name"), "judge": ("sentiment", "/api/sentiment")}
"""Guests built from the examples, with their routes."""


def write(folder: Path) -> Path:
    """The app, in this folder, with the built-in model for the guest that asks one."""
    lines = ["spin_manifest_version = 2", 'application = { name = "survival", version = "1" }']
    for name, text in TEXTS.items():
        (folder / f"{name}.wat").write_bytes(text)
        lines += _component(name, f"/{name}", f"{name}.wat")
    for name, (built, route) in BUILT.items():
        shutil.copy2(component(example(built)), folder / f"{name}.wasm")
        lines += [*_component(name, route, f"{name}.wasm"), 'ai_models = ["llama2-chat"]']
    (folder / "spin.toml").write_text("\n".join(lines))
    (folder / "spinfer.toml").write_text("[models.llama2-chat]\nbuiltin = true\n")
    return folder


def _component(name: str, route: str, source: str) -> list[str]:
    trigger = ["[[trigger.http]]", f'route = "{route}"', f'component = "{name}"']
    return [*trigger, f"[component.{name}]", f'source = "{source}"']
