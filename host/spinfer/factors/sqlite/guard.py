"""What a guest's statement may not do, by SQLite's authorizer: reach other files, undo the host's settings.

A pure decision for each action that SQLite compiles; actions are described at
https://www.sqlite.org/c3ref/c_alter_table.html. What is not a PRAGMA, an ATTACH or a few functions is the
guest's own affair: it is its database.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import apsw

Authorizer = Callable[[int, str | None, str | None, str | None, str | None], int]

_FORBIDDEN_FUNCTIONS: Final = frozenset({"load_extension", "fts3_tokenizer", "vec_npy_file"})

_READ: Final = frozenset(
    {
        *("application_id", "auto_vacuum", "collation_list", "compile_options", "data_version"),
        *("encoding", "foreign_key_check", "foreign_key_list", "freelist_count", "function_list"),
        *("index_info", "index_list", "index_xinfo", "integrity_check", "journal_mode", "module_list"),
        *("page_count", "page_size", "pragma_list", "quick_check", "schema_version", "synchronous"),
        *("table_info", "table_list", "table_xinfo", "user_version", "max_page_count"),
    }
)
"""PRAGMAs that ask; those with an argument in brackets are among them."""
_ASK_ABOUT: Final = frozenset(
    {
        *("foreign_key_check", "foreign_key_list", "index_info", "index_list", "index_xinfo"),
        *("integrity_check", "quick_check", "table_info", "table_list", "table_xinfo"),
    }
)
"""Those whose argument is what they ask about."""
_SET: Final = frozenset(
    {
        *("application_id", "auto_vacuum", "case_sensitive_like", "defer_foreign_keys", "encoding"),
        *("foreign_keys", "ignore_check_constraints", "incremental_vacuum", "legacy_alter_table"),
        *("optimize", "query_only", "read_uncommitted", "recursive_triggers", "reverse_unordered_selects"),
        *("user_version", "analysis_limit", "automatic_index", "cell_size_check", "secure_delete"),
    }
)
"""PRAGMAs that change this database, or this connection, and nothing else."""
_HOSTS: Final = frozenset(
    {
        *("busy_timeout", "cache_size", "cache_spill", "checkpoint_fullfsync", "database_list"),
        *("default_cache_size", "fullfsync", "hard_heap_limit", "journal_mode", "journal_size_limit"),
        *("locking_mode", "max_page_count", "mmap_size", "page_size", "shrink_memory", "soft_heap_limit"),
        *("synchronous", "temp_store", "threads", "trusted_schema", "wal_autocheckpoint", "wal_checkpoint"),
    }
)
"""PRAGMAs that are the host's to decide: usual at the start of a program, and without effect here."""

_BLANK = r"(?:\s|;|--[^\n]*(?:\n|$)|/\*.*?(?:\*/|$))*"
_VACUUM: Final = re.compile(_BLANK + r"vacuum\b", re.IGNORECASE | re.DOTALL)
_NOTHING: Final = re.compile(_BLANK, re.DOTALL)


def is_vacuum(statement: str) -> bool:
    """A VACUUM attaches a temporary file without a name."""
    return _VACUUM.match(statement) is not None


def is_nothing(statement: str) -> bool:
    """Whether it is but spaces and comments."""
    return _NOTHING.fullmatch(statement) is not None


def authorizer(vacuuming: Callable[[], bool]) -> Authorizer:
    """The decision for each action; `vacuuming` says whether the statement under way is a VACUUM."""

    def decide(
        action: int, first: str | None, second: str | None, _database: str | None, _cause: str | None
    ) -> int:
        if action == apsw.SQLITE_ATTACH:
            return apsw.SQLITE_OK if first == "" and vacuuming() else apsw.SQLITE_DENY
        if action == apsw.SQLITE_PRAGMA:
            return pragma((first or "").lower(), second)
        if action == apsw.SQLITE_FUNCTION and (second or "").lower() in _FORBIDDEN_FUNCTIONS:
            return apsw.SQLITE_DENY
        return apsw.SQLITE_OK

    return decide


def pragma(name: str, argument: str | None) -> int:
    """SQLITE_IGNORE makes it do nothing and succeed."""
    if name in _READ and (argument is None or name in _ASK_ABOUT):
        return apsw.SQLITE_OK
    if name in _SET:
        return apsw.SQLITE_OK
    if name in _HOSTS:
        return apsw.SQLITE_IGNORE
    return apsw.SQLITE_DENY
