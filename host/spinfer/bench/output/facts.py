"""What a run depended on, as pairs of a name and a text."""

from __future__ import annotations

from typing import Any

from spinfer.bench.summary import Summary


def facts(summary: Summary) -> list[tuple[str, str]]:
    """Models, experiment and machine; of a run that was continued, the machine of its first session."""
    if not summary.sessions:
        return []
    first = summary.sessions[0]
    return [*_experiment(summary), *_models(first["models"]), *_machine(first["environment"], summary)]


def _experiment(summary: Summary) -> list[tuple[str, str]]:
    plan = summary.experiment.plan
    found = [
        ("requests", f"{summary.asked:,} measured, {summary.failed:,} of them failed"),
        ("repetitions", f"{plan.repetitions}, seeds from {plan.seed}"),
        ("order", f"random within each repetition, seed {plan.order_seed}"),
        ("warm-up", f"{summary.experiment.warm_up} requests for each target and model, excluded"),
    ]
    if len(summary.sessions) > 1:
        found.append(("sessions", f"{len(summary.sessions)}: interrupted and continued"))
    if summary.experiment.slo:
        found.append(("SLO", str(summary.experiment.slo)))
    if summary.experiment.app is not None:
        found.append(("app", str(summary.experiment.app.path)))
    return found


def _models(models: list[dict[str, Any]]) -> list[tuple[str, str]]:
    found = []
    for model in models:
        parts = [str(model.get("description") or model.get("source"))]
        if "sha256" in model:
            parts.append(f"{model['file']}, {model['file_bytes'] / 1e6:,.1f} MB, SHA-256 {model['sha256']}")
            parts.append(f"{model['threads']} threads, context of {model['context_tokens']:,} tokens")
        parts.append(f"loaded in {model['cold_load_s']:.2f} s")
        found.append((f"model {model['name']}", "; ".join(parts)))
    return found


def _machine(machine: dict[str, Any], summary: Summary) -> list[tuple[str, str]]:
    cores = f"{machine['physical_cores']} cores, {machine['logical_cpus']} logical"
    found = [
        ("CPU", f"{machine['cpu'] or machine['machine']}; {cores}"),
        ("system", f"{machine['system']}, {machine['machine']}"),
        ("versions", ", ".join(f"{name} {version}" for name, version in machine["versions"].items())),
        ("time", str(machine["time"])),
    ]
    if machine["memory_bytes"]:
        found.insert(1, ("memory", f"{machine['memory_bytes'] / 2**30:.1f} GiB"))
    if summary.busy_cores is not None:
        found.append(("background load", f"{summary.busy_cores:.2f} cores on average while measuring"))
    return found
