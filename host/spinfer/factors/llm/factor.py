"""`fermyon:spin/llm` as a factor: what is linked, and what each instance is handed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext

from spinfer.bindings.imports import Function, Interface
from spinfer.factors.base import Guest
from spinfer.factors.llm import host, interface
from spinfer.factors.llm.access import ModelAccess, Models


class LlmFactor:
    """Language models for one app's components. A component that `access` does not name may use none."""

    name = "llm"

    def __init__(self, models: Models, access: Mapping[str, ModelAccess]) -> None:
        self._models = models
        self._access = dict(access)
        self._reported = host.Reported()

    def interfaces(self) -> Sequence[Interface]:
        functions = (
            Function("infer", interface.INFER, host.infer),
            Function("generate-embeddings", interface.GENERATE_EMBEDDINGS, host.generate_embeddings),
        )
        return (Interface(interface.NAME, interface.VERSIONS, self.name, functions),)

    def configure(self, components: Collection[str]) -> None:
        """Nothing to refuse: a model that is missing is an answer to the guest, and the catalog lists it."""

    def prepare(self, guest: Guest) -> AbstractContextManager[host.LlmState]:
        access = self._access.get(guest.component, ModelAccess())
        return nullcontext(
            host.LlmState(guest.component, access, self._models, guest.cancellation, self._reported)
        )
