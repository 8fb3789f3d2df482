"""The Hugging Face hub: what a repository holds, and how its files are asked for.

The only module that imports huggingface_hub, whose own variables (HF_ENDPOINT, HF_TOKEN, HF_HUB_OFFLINE, …)
say where the hub is, who asks, and whether it may be asked at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from spinfer.errors import DownloadError

if TYPE_CHECKING:
    from huggingface_hub import ModelInfo

_TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True)
class HubFile:
    """One file. `sha256` is known of large ones."""

    path: str
    url: str
    size: int | None
    sha256: str | None


@dataclass(frozen=True, slots=True)
class Repository:
    """A model repository at one commit."""

    name: str
    files: Mapping[str, HubFile]
    """By their paths in it."""
    licence: str | None
    headers: Mapping[str, str] = field(repr=False)
    """To send when a file is asked for: who asks."""


def repository(name: str) -> Repository:
    """Ask the hub, once. Raises DownloadError."""
    # imported here: it takes a fifth of a second, which other commands need not spend
    import httpx2  # noqa: PLC0415
    from huggingface_hub import HfApi, get_token, hf_hub_url  # noqa: PLC0415
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, OfflineModeIsEnabled  # noqa: PLC0415

    api = HfApi()
    place = f"hf:{name}"
    try:
        info = api.model_info(name, files_metadata=True, timeout=_TIMEOUT_S)
    except OfflineModeIsEnabled as e:
        raise DownloadError(
            "the hub is not asked: HF_HUB_OFFLINE is set", where=place, cure="Unset it, and try again."
        ) from e
    except HFValidationError as e:
        raise DownloadError(f"no repository can be called so: {e}", where=place) from e
    except HfHubHTTPError as e:
        raise denied(place, e.response.status_code) from e
    except (httpx2.HTTPError, OSError) as e:
        raise DownloadError(
            f"the hub cannot be reached ({_root(e)})",
            where=place,
            cure="See to the network, or to HF_ENDPOINT where you have set it, and try again.",
        ) from e
    files = {
        each.rfilename: HubFile(
            each.rfilename,
            hf_hub_url(name, each.rfilename, revision=info.sha, endpoint=api.endpoint),
            each.size,
            each.lfs.sha256 if each.lfs else None,
        )
        for each in info.siblings or ()
    }
    token = get_token()
    return Repository(name, files, _licence(info), {"Authorization": f"Bearer {token}"} if token else {})


def denied(place: str, status: int) -> DownloadError:
    """For raising: what the hub's refusal means. `place` is the source, as the operator writes it."""
    match status:
        case 401 | 404:
            what = f"there is no such repository, or it is not open to everybody (the hub answers {status})"
            cure = (
                "See whether its name is right. If it is closed, put a token that may read it into HF_TOKEN."
            )
        case 403:
            what = "the hub knows who asks, and does not let them read this (it answers 403)"
            cure = "Accept its terms on its page on the hub, or ask its owner; then try again."
        case 429:
            what = "the hub has been asked too often (it answers 429)"
            cure = "Wait some minutes. With a token in HF_TOKEN it may be asked more often."
        case _ if status >= 500:
            what, cure = f"the hub has a problem of its own (it answers {status})", "Try again later."
        case _:
            what, cure = f"the hub answers {status}", "See whether the source is right."
    error = DownloadError(what, where=place, cure=cure)
    error.status = status
    return error


def closed(place: str) -> DownloadError:
    """For raising: its list is open, its files are not."""
    return DownloadError(
        "this model is given only to those who have accepted its terms, and who say who they are",
        where=place,
        cure="Accept them on its page on the hub, and put a token of yours that may read it into HF_TOKEN.",
    )


def _licence(info: ModelInfo) -> str | None:
    """As its card states it, else as it is tagged."""
    stated = getattr(info.card_data, "license", None)
    tagged = [tag.removeprefix("license:") for tag in info.tags or () if tag.startswith("license:")]
    return str(stated) if isinstance(stated, str) and stated else next(iter(tagged), None)


def _root(error: BaseException) -> BaseException:
    while (cause := error.__cause__ or error.__context__) is not None:
        error = cause
    return error
