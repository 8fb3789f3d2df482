"""A command that runs the Python it is given, and prints what that puts into `said` as JSON."""

import json
import struct  # for what it is given: a guest imports only while it is built

from componentize_py_types import Err, Some
from wit_world import exports
from wit_world.imports import atomics, batch, environment, spin_sqlite_sqlite, store
from wit_world.imports import fermyon_spin_key_value_2_0_0 as key_value
from wit_world.imports import fermyon_spin_sqlite as sqlite_unversioned
from wit_world.imports import fermyon_spin_sqlite_2_0_0 as sqlite
from wit_world.imports import key_value as key_value_unversioned

MODULES = {
    "atomics": atomics,
    "batch": batch,
    "bucket": store,
    "key_value": key_value,
    "key_value_unversioned": key_value_unversioned,
    "sqlite": sqlite,
    "sqlite_3": spin_sqlite_sqlite,
    "sqlite_unversioned": sqlite_unversioned,
}


def failing(call, *arguments):
    """How the call fails: the error's name, and its text where it has one."""
    try:
        call(*arguments)
    except Err as e:
        name = type(e.value).__name__.partition("_")[2] or type(e.value).__name__
        return [name, *([e.value.value] if hasattr(e.value, "value") else [])]
    return "nothing failed"


def plain(value):
    """What JSON has no word for."""
    if isinstance(value, bytes):
        return value.decode()
    return vars(value)


class Run(exports.Run):
    def run(self):
        names = {**MODULES, "struct": struct, "failing": failing, "Err": Err, "Some": Some, "said": {}}
        exec(environment.get_arguments()[1], names)
        print(json.dumps(names["said"], default=plain))
