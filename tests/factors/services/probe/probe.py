"""A command that runs the Python it is given, and prints what that puts into `said` as JSON."""

import enum
import json

from componentize_py_types import Err
from wit_world import exports
from wit_world.imports import environment, mqtt, rdbms_types, redis_types
from wit_world.imports import fermyon_spin_mysql_2_0_0 as mysql
from wit_world.imports import fermyon_spin_postgres as postgres_unversioned
from wit_world.imports import fermyon_spin_postgres_2_0_0 as postgres_2
from wit_world.imports import fermyon_spin_rdbms_types_2_0_0 as rdbms
from wit_world.imports import fermyon_spin_redis_2_0_0 as redis
from wit_world.imports import mysql as mysql_unversioned
from wit_world.imports import redis as redis_unversioned
from wit_world.imports import spin_postgres_postgres_3_0_0 as postgres_3
from wit_world.imports import spin_postgres_postgres_4_0_0 as postgres_4

MODULES = {
    "mqtt": mqtt,
    "mysql": mysql,
    "mysql_unversioned": mysql_unversioned,
    "postgres_2": postgres_2,
    "postgres_3": postgres_3,
    "postgres_4": postgres_4,
    "postgres_unversioned": postgres_unversioned,
    "rdbms": rdbms,
    "rdbms_unversioned": rdbms_types,
    "redis": redis,
    "redis_types": redis_types,
    "redis_unversioned": redis_unversioned,
}


def failing(call, *arguments):
    """How the call fails: the error's name, and what it says where it says something."""
    try:
        call(*arguments)
    except Err as e:
        return plain(e.value)
    return "nothing failed"


def plain(value):
    """As JSON has it: a case is its name, then its payload."""
    match value:
        case bytes():
            return value.decode("latin-1")
        case enum.Enum():
            return value.name.lower()
        case list() | tuple():
            return [plain(part) for part in value]
        case dict():
            return {name: plain(part) for name, part in value.items()}
        case None | bool() | int() | float() | str():
            return value
    _, underscore, case = type(value).__name__.partition("_")
    if not underscore:
        return {name: plain(part) for name, part in vars(value).items()}
    return [case, plain(value.value)] if hasattr(value, "value") else [case]


class Run(exports.Run):
    def run(self):
        names = {**MODULES, "failing": failing, "plain": plain, "Err": Err, "said": {}}
        exec(environment.get_arguments()[1], names)
        print(json.dumps(plain(list(names["said"].items()))))
