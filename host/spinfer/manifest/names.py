"""How things in a manifest may be called; each rule with the name that its writer may have meant."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

from spinfer.documents.table import mistake, quoted

_KEBAB_ID = re.compile(r"([a-z][a-z0-9:]*|[A-Z][A-Z0-9:]*)(-([a-z0-9][a-z0-9:]*|[A-Z][A-Z0-9:]*))*")
_SNAKE_ID = re.compile(_KEBAB_ID.pattern.replace("-(", "_("))
_VARIABLE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def is_kebab(name: str) -> bool:
    """Words of letters and digits joined by `-`, each in one case, the first beginning with a letter."""
    return _KEBAB_ID.fullmatch(name) is not None


DIGEST_EXAMPLE = (
    'digest = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"'
    "  # what sha256sum FILE prints"
)


def kebab_id(name: str) -> str:
    """The name, when it is a kebab-case id."""
    if is_kebab(name):
        return name
    meant = re.sub(r"[^a-z0-9:]+", "-", _spread(name)).strip("-")
    cure = f"write `{meant}`" if is_kebab(meant) else "write for example `my-component`"
    raise mistake(f"{quoted(name)} is not a kebab-case id: words of letters and digits, joined by `-`", cure)


def _variable_name(name: str) -> str:
    if _VARIABLE.fullmatch(name):
        return name
    meant = re.sub(r"[^a-z0-9]+", "_", _spread(name)).strip("_")
    cure = f"write `{meant}`" if _VARIABLE.fullmatch(meant) else "write for example `api_token`"
    raise mistake(
        f"{quoted(name)} is not a lower_snake_case name: lower-case letters and digits, joined by single `_`",
        cure,
    )


def _spread(name: str) -> str:
    """`myName` → `my-name`; nothing where guessing would be silly."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower() if name.isascii() else ""


def _label(name: str) -> str:
    if is_kebab(name) or _SNAKE_ID.fullmatch(name):
        return name
    raise mistake(f"{quoted(name)} is not a label in kebab-case or snake_case", "write for example `default`")


def _digest(digest: str) -> str:
    if _DIGEST.fullmatch(digest.lower()):
        return digest.lower()
    raise mistake(
        f"{quoted(digest)} is not `sha256:` and 64 hexadecimal digits",
        f"for example: {DIGEST_EXAMPLE}",
    )


KebabId = Annotated[str, AfterValidator(kebab_id)]
"""A component's id."""
VariableName = Annotated[str, AfterValidator(_variable_name)]
"""The name of an application's or a component's variable."""
Label = Annotated[str, AfterValidator(_label)]
"""The name of a key-value store or an SQLite database."""
Digest = Annotated[str, AfterValidator(_digest)]
"""`sha256:` and 64 lower-case hexadecimal digits; upper case is let in and lowered."""
