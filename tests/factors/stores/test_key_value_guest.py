"""Key-value stores through a real guest, by each of the interfaces that lead there."""

import pytest

from factors.stores.conftest import Named, Run
from spinfer.errors import ManifestError
from spinfer.factors.key_value.factor import KeyValueFactor
from spinfer.factors.key_value.state import MAX_OPEN


@pytest.mark.parametrize("label", ["default", "memory"])
def test_a_key_s_life(run: Run, label: str) -> None:
    said = run(f"""
        with key_value.Store.open("{label}") as store:
            said["before"] = [store.get("k"), store.exists("k"), store.get_keys()]
            store.set("k", b"one")
            store.set("k", b"two")
            store.set("", b"")
            said["after"] = [store.get("k"), store.get(""), store.exists("k"), sorted(store.get_keys())]
            store.delete("k")
            store.delete("k")
            said["end"] = [store.get("k"), store.get_keys()]
    """)
    assert said == {
        "before": [None, False, []],
        "after": ["two", "", True, ["", "k"]],
        "end": [None, [""]],
    }


def test_what_is_kept_is_there_for_the_next_guest_and_every_interface(run: Run) -> None:
    run('key_value.Store.open("default").set("hällo", bytes(range(128)))')
    said = run("""
        old = key_value_unversioned.open("default")
        said["old"] = key_value_unversioned.get(old, "hällo") == bytes(range(128))
        said["wasi"] = bucket.open("default").get("hällo") == bytes(range(128))
        said["memory"] = key_value.Store.open("memory").get_keys()
    """)
    assert said == {"old": True, "wasi": True, "memory": []}


@pytest.mark.parametrize("label", ["default", "nowhere"])
def test_a_label_that_was_not_granted(run: Run, label: str) -> None:
    """Whether it exists or not: the other component has `default`, nobody has `nowhere`."""
    said = run(
        f"""
        said["spin"] = failing(key_value.Store.open, "{label}")
        said["old"] = failing(key_value_unversioned.open, "{label}")
        said["wasi"] = failing(bucket.open, "{label}")
        """,
        "poor",
    )
    assert said == {"spin": ["AccessDenied"], "old": ["AccessDenied"], "wasi": ["AccessDenied"]}


def test_a_label_that_nobody_defined() -> None:
    factor = KeyValueFactor(Named(), {"web": ["default", "cache"], "api": ["cache"], "other": ["more"]})
    with pytest.raises(ManifestError) as refused:
        factor.configure(["web", "api"])
    assert [problem.what for problem in refused.value.problems] == [
        'unknown key_value_stores label "cache" for component "web"',
        'unknown key_value_stores label "default" for component "web"',
        'unknown key_value_stores label "cache" for component "api"',
    ]


def test_one_component_s_keys_are_not_another_s(run: Run) -> None:
    run('key_value.Store.open("default").set("k", b"mine")')
    said = run('said["keys"] = key_value.Store.open("other").get_keys()', "poor")
    assert said == {"keys": []}


def test_too_many_open_stores(run: Run) -> None:
    said = run(f"""
        held = [key_value.Store.open("default") for _ in range({MAX_OPEN})]
        said["full"] = failing(key_value.Store.open, "default")
        said["old"] = failing(key_value_unversioned.open, "default")
        said["wasi"] = failing(bucket.open, "default")
        held.pop().__exit__(None, None, None)
        number = key_value_unversioned.open("default")
        said["again"] = failing(bucket.open, "default")
        key_value_unversioned.close(number)
        key_value_unversioned.close(number)
        said["last"] = bucket.open("default").exists("k")
    """)
    many = f"too many stores are open: an instance may hold {MAX_OPEN}"
    assert said == {
        "full": ["StoreTableFull"],
        "old": ["StoreTableFull"],
        "wasi": ["Other", many],
        "again": ["Other", many],
        "last": False,
    }


def test_the_unversioned_interface(run: Run) -> None:
    said = run("""
        kv = key_value_unversioned
        store = kv.open("default")
        said["missing"] = failing(kv.get, store, "k")
        kv.set(store, "k", b"value")
        said["found"] = [kv.get(store, "k"), kv.exists(store, "k"), kv.get_keys(store)]
        kv.delete(store, "k")
        said["deleted"] = kv.exists(store, "k")
        kv.close(store)
        said["closed"] = [failing(kv.get, store, "k"), failing(kv.set, store, "k", b""),
            failing(kv.get_keys, store)]
        said["wrong"] = failing(kv.exists, 99, "k")
    """)
    assert said == {
        "missing": ["NoSuchKey"],
        "found": ["value", True, ["k"]],
        "deleted": False,
        "closed": [["InvalidStore"]] * 3,
        "wrong": ["InvalidStore"],
    }


def test_many_keys_in_one_call(run: Run) -> None:
    said = run("""
        it = bucket.open("default")
        batch.set_many(it, [("a", b"1"), ("b", b"2"), ("a", b"3")])
        said["values"] = batch.get_many(it, ["b", "none", "a", "b"])
        page = it.list_keys(None)
        said["page"] = [sorted(page.keys), page.cursor]
        said["cursor"] = failing(it.list_keys, "b")
        batch.delete_many(it, ["a", "none"])
        said["left"] = it.list_keys(None).keys
        batch.delete_many(it, [])
        batch.set_many(it, [])
        said["nothing"] = batch.get_many(it, [])
    """)
    assert said == {
        "values": [["b", "2"], ["none", None], ["a", "3"], ["b", "2"]],
        "page": [["a", "b"], None],
        "cursor": ["Other", "`b` is not a cursor that this store gave"],
        "left": ["b"],
        "nothing": [],
    }


def test_counters(run: Run) -> None:
    said = run("""
        it = bucket.open("default")
        said["counts"] = [atomics.increment(it, "n", 5), atomics.increment(it, "n", -7)]
        said["kept"] = list(it.get("n"))
        said["edge"] = atomics.increment(it, "edge", 2**63 - 1)
        said["over"] = failing(atomics.increment, it, "edge", 1)
        said["still"] = atomics.increment(it, "edge", 0)
        it.set("text", b"five")
        said["none"] = failing(atomics.increment, it, "text", 1)
    """)
    assert said == {
        "counts": [5, -2],
        "kept": [254, *[255] * 7],
        "edge": 2**63 - 1,
        "over": ["Other", "the counter would leave the range of a 64-bit integer"],
        "still": 2**63 - 1,
        "none": ["Other", "the key's value is not a counter"],
    }


@pytest.mark.parametrize("label", ["default", "memory"])
def test_compare_and_swap(run: Run, label: str) -> None:
    said = run(f"""
        it = bucket.open("{label}")
        late = atomics.Cas.new(it, "k")
        atomics.swap(atomics.Cas.new(it, "k"), b"first")
        try:
            atomics.swap(late, b"too late")
        except Err as e:
            again = e.value.value
        said["current"] = again.current()
        atomics.swap(again, b"second")
        said["now"] = it.get("k")
        looking = atomics.Cas.new(it, "k")
        it.set("k", b"third")
        said["looked"] = looking.current()
        atomics.swap(looking, b"fourth")
        said["end"] = it.get("k")
        gone = atomics.Cas.new(it, "k")
        it.delete("k")
        said["gone"] = failing(atomics.swap, gone, b"fifth")[0]
        said["left"] = it.get("k")
    """)
    assert said == {
        "current": "first",
        "now": "second",
        "looked": "third",
        "end": "fourth",
        "gone": "CasFailed",
        "left": None,
    }
