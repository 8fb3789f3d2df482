"""How many files this process may have open: every client and every guest needs some."""

from __future__ import annotations

import logging
import resource

log = logging.getLogger(__name__)


def allow_many() -> None:
    """Raise the limit as far as the system lets us without being asked; what it is then, the log says."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == hard:
        return
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    except (OSError, ValueError) as e:
        log.debug("the limit of %d open files stays: %s", soft, e)
    else:
        log.debug("up to %d open files instead of %d", hard, soft)
