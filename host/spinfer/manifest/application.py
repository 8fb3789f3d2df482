"""`[application]` and `[variables]`: what concerns all components alike."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field, ValidationInfo, field_validator

from spinfer.documents.table import Array, FreeTable, OpenTable, Table, mistake, quoted
from spinfer.manifest.component import Target
from spinfer.manifest.expressions import TemplateText


class Variable(Table):
    """A variable of the application: required, or with a default."""

    description: str = Field(default="", examples=['description = "The key of the weather service"'])
    required: bool = Field(default=False, examples=["required = true"])
    secret: bool = Field(default=False, examples=["secret = true"])
    default: str | None = Field(default=None, validate_default=True, examples=['default = "none"'])
    """None: required."""

    @field_validator("default")
    @classmethod
    def _required_or_default(cls, default: str | None, info: ValidationInfo) -> str | None:
        match info.data.get("required"), default:
            case True, str():
                raise mistake(
                    "a variable is either required or has a default, not both",
                    "remove `required` or `default`",
                    in_table=True,
                )
            case False, None:
                raise mistake(
                    "neither required nor with a default",
                    'write `required = true` or `default = "…"`',
                    in_table=True,
                )
        return default


class HttpSettings(Table):
    """`[application.trigger.http]`."""

    base: str = "/"

    @field_validator("base")
    @classmethod
    def _root(cls, base: str) -> str:
        if base != "/":
            raise mistake(
                f'{quoted(base)} is no longer supported: only "/" is',
                f"remove `base`, and begin every `route` with {quoted(base)}",
            )
        return base


class RedisSettings(Table):
    """`[application.trigger.redis]`."""

    address: TemplateText | None = Field(default=None, examples=['address = "redis://localhost:6379"'])
    """For the triggers that name none."""


class TriggerSettings(OpenTable):
    """`[application.trigger.<type>]`; types we do not know keep theirs in `model_extra`."""

    __pydantic_extra__: dict[str, FreeTable] = Field(init=False)
    http: HttpSettings = HttpSettings()
    redis: RedisSettings = RedisSettings()


class Application(Table):
    """What the application is called, and the settings of its trigger types."""

    name: str = Field(examples=['name = "my-app"'])
    version: str = Field(default="", examples=['version = "1.0.0"'])
    description: str = Field(default="", examples=['description = "Answers questions"'])
    authors: Array[str] = Field(default=(), examples=['authors = ["Ada <ada@example.com>"]'])
    targets: Array[Target] = Field(default=(), examples=['targets = ["spin-up:3.3"]'])
    trigger: TriggerSettings = TriggerSettings()
    tool: Mapping[str, FreeTable] = Field(default_factory=dict, examples=['tool.lint = { level = "strict" }'])
