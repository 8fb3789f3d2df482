"""The key of a remote model: put into a header, and kept out of everything else."""

from __future__ import annotations

from pydantic import SecretStr

from spinfer.config.remote import RemoteConfig


def bearer(config: RemoteConfig) -> dict[str, str]:
    """The header that carries the key; none where there is no key."""
    key = _key(config)
    return {"authorization": f"Bearer {key}"} if key else {}


def redacted(text: str, config: RemoteConfig) -> str:
    """The text without the key: servers repeat what they are sent."""
    key = _key(config)
    return text.replace(key, "***") if key else text


def _key(config: RemoteConfig) -> str | None:
    if config.key is None:
        return None
    assert isinstance(config.key, SecretStr), "keys are found before models are opened"
    return config.key.get_secret_value()
