"""Models that run elsewhere: `remote = {…}` in spinfer.toml, `[llm_compute]` in runtime-config.toml."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from spinfer.config.kinds import by_type
from spinfer.config.secret import Secret
from spinfer.config.web_address import WebAddress
from spinfer.documents.table import Table, mistake

Api = Literal["open_ai", "spin"]
"""`open_ai`: chat completions and embeddings as OpenAI, vLLM, llama-server and Ollama serve them.
`spin`: `/infer` and `/embed`, Spin's own."""

KEY_EXAMPLE = 'key = { env = "OPENAI_API_KEY" }'


def _name(text: str) -> str:
    """Mistakes do not quote it: it may be a key, in the wrong place."""
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", text):
        raise mistake("this is no name: letters, digits and `_`", "name it, the key itself stands there")
    return text


Name = Annotated[str, AfterValidator(_name)]


class KeyFromEnvironment(Table):
    """A key that stands in the host's environment."""

    env: Name = Field(examples=['env = "OPENAI_API_KEY"'])


class KeyFromVariable(Table):
    """A key that is the value of one of the app's variables."""

    variable: Name = Field(examples=['variable = "openai_key"'])


def _key(value: object) -> object:
    match value:
        case SecretStr() | KeyFromEnvironment() | KeyFromVariable():
            return value
        case "":
            raise mistake("must not be empty", f"for example: {KEY_EXAMPLE}")
        case str():
            return SecretStr(value)
        case {"env": _}:
            return KeyFromEnvironment.model_validate(value)
        case dict():
            return KeyFromVariable.model_validate(value)
    raise mistake("expected a string, or where to find it", f"for example: {KEY_EXAMPLE}")


Key = Annotated[Secret | KeyFromEnvironment | KeyFromVariable, BeforeValidator(_key)]
"""A key itself, or the place where it is found as the host starts."""


class RemoteConfig(Table):
    """A server that answers for a model."""

    url: WebAddress = Field(examples=['url = "http://127.0.0.1:8000"'])
    api: Api = Field(default="open_ai", examples=['api = "open_ai"'])
    key: Key | None = Field(default=None, examples=[KEY_EXAMPLE])
    """Sent as a bearer token. None: the server asks for none."""
    model: str | None = Field(default=None, min_length=1, examples=['model = "llama-3.1-8b-instruct"'])
    """The model's name there. None: as guests call it."""
    timeout_s: float = Field(default=300.0, gt=0, allow_inf_nan=False, examples=["timeout_s = 60"])
    """The longest that the server may keep silent."""


class SpinCompute(Table):
    """`type = "spin"`: models run on this machine, which is the default."""

    type: Literal["spin"] = "spin"


class RemoteCompute(Table):
    """`type = "remote_http"`: models that no other entry names run elsewhere."""

    type: Literal["remote_http"] = "remote_http"
    url: WebAddress = Field(examples=['url = "http://127.0.0.1:8000"'])
    auth_token: Key | None = Field(default=None, examples=['auth_token = "my-token"'])
    api_type: Literal["default", "open_ai"] = Field(default="default", examples=['api_type = "open_ai"'])
    """`default`: Spin's own `/infer` and `/embed`."""

    @property
    def remote(self) -> RemoteConfig:
        """The same, as a model's source."""
        api: Api = "open_ai" if self.api_type == "open_ai" else "spin"
        return RemoteConfig(url=self.url, api=api, key=self.auth_token)


LlmCompute = Annotated[
    SpinCompute | RemoteCompute,
    BeforeValidator(by_type("LLM compute", {"spin": SpinCompute, "remote_http": RemoteCompute})),
]
