"""The services elsewhere, beside HTTP, that an app's components may be allowed to reach."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import ExitStack
from typing import Any

from spinfer.config.runtime_config import RuntimeConfig
from spinfer.factors.base import Factor
from spinfer.factors.outbound_networking.gate import Gate
from spinfer.factors.outbound_networking.networks import BlockedNetworks
from spinfer.factors.outbound_networking.pool import Pool
from spinfer.factors.outbound_pg.factor import OutboundPgFactor
from spinfer.factors.outbound_redis.factor import OutboundRedisFactor
from spinfer.factors.refused.factor import RefusedFactor
from spinfer.manifest.model import Manifest
from spinfer.triggers import outbound_hosts


def factors(
    manifest: Manifest | None,
    components: Collection[str],
    values: Mapping[str, str],
    config: RuntimeConfig,
    closing: ExitStack,
) -> tuple[Factor, ...]:
    """What serves them; without a manifest nobody may reach any. Raises ManifestError for what is no host.

    `values`: of all variables, for what `allowed_outbound_hosts` says. `closing` ends idle connections.
    """
    allowed = outbound_hosts.of_components(manifest, components, values) if manifest else {}
    gate = Gate(allowed, BlockedNetworks.parse(config.outbound_networking.block_networks))

    def pool(limit: int | None) -> Pool[Any]:
        made: Pool[Any] = Pool(limit)
        closing.callback(made.close)
        return made

    return (
        OutboundRedisFactor(gate, pool(config.outbound_redis.max_connections)),
        OutboundPgFactor(gate, pool(config.outbound_pg.max_connections)),
        RefusedFactor(),
    )
