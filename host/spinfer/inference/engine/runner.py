"""Carries out one BatchPlan on a llama.cpp context. The engine's thread only."""

from __future__ import annotations

from spinfer.inference.engine.llama import Batch, Context, Model, Sampler, Snapshot
from spinfer.inference.engine.plan import BatchPlan, Begin, Copy, Edit, Forget, Remove, Restore, Save
from spinfer.inference.engine.sampling import stages


class LlamaRunner:
    """The Runner over llama.cpp. Owns the context and the samplers, and closes them; not the model."""

    def __init__(self, model: Model, context: Context) -> None:
        self._model = model
        self._context = context
        self._batch = Batch(context.batch_tokens)
        self._samplers: dict[int, Sampler] = {}
        self._saved: dict[int, Snapshot] = {}

    def ends(self, token: int) -> bool:
        return self._model.ends(token)

    def run(self, plan: BatchPlan) -> list[int]:
        for edit in plan.edits:
            self._edit(edit)
        for seq_id in plan.ended:
            self._samplers.pop(seq_id).close()
        for begin in plan.begun:
            self._begin(begin)
        return self._decode(plan) if plan.chunks else []

    def interrupt(self) -> None:
        self._context.interrupt()

    def close(self) -> None:
        for sampler in self._samplers.values():
            sampler.close()
        self._samplers.clear()
        self._saved.clear()
        self._context.close()

    def _edit(self, edit: Edit) -> None:
        match edit:
            case Copy(source, target, length):
                self._context.copy(source, target, length)
            case Remove(seq_id):
                self._context.remove(seq_id)
            case Save(seq_id, key, length):
                self._saved[key] = self._context.save(seq_id, length)
            case Restore(key, seq_id, length):
                self._context.restore(self._saved[key], seq_id, length)
            case Forget(key):
                del self._saved[key]

    def _begin(self, begin: Begin) -> None:
        params, vocabulary = begin.params, self._model.info.vocabulary
        chain = stages(params, begin.seed, vocabulary=vocabulary, context=self._context.cells)
        grammar = None if params.grammar is None else self._model.grammar(params.grammar)
        self._samplers[begin.seq_id] = Sampler(chain, begin.history, grammar)

    def _decode(self, plan: BatchPlan) -> list[int]:
        batch = self._batch
        batch.clear()
        rows = []
        for chunk in plan.chunks:
            batch.add(chunk.seq_id, chunk.start, chunk.tokens)
            if chunk.sample:
                rows.append((chunk.seq_id, batch.output_last_row()))
        self._context.decode(batch)
        return [self._context.sample(self._samplers[seq_id], row) for seq_id, row in rows]
