"""A guest that makes, lends, gives away and drops handles of a host's resource, on command.

It keeps one `thing` at a time. The host's side is `test:pkg/things@0.2.3`; `test:pkg/users@0.2.0` uses the
same resource under the name `item`.
"""

from __future__ import annotations

from fakes.wat_echo import HEAP, OPTIONS

THINGS_WAT = f"""(component
  (import "test:pkg/things@0.2.3" (instance $things
    (export "thing" (type $thing (sub resource)))
    (export "widget" (type $widget (eq $thing)))
    (export "[constructor]thing" (func (param "name" string) (result (own $thing))))
    (export "[method]thing.child" (func (param "self" (borrow $thing)) (result (own $thing))))
    (export "[method]thing.length" (func (param "self" (borrow $thing)) (result u32)))
    (export "total" (func (param "all" (list (borrow $thing))) (result u32)))
    (export "keep" (func (param "it" (own $widget))))))
  (alias export $things "thing" (type $thing))
  (import "test:pkg/users@0.2.0" (instance $users
    (alias outer 1 $thing (type $outer))
    (export "item" (type $item (eq $outer)))
    (export "swap" (func (param "it" (own $item)) (result (own $item))))))
{HEAP}
  (core func $make (canon lower (func $things "[constructor]thing") {OPTIONS}))
  (core func $child (canon lower (func $things "[method]thing.child")))
  (core func $length (canon lower (func $things "[method]thing.length")))
  (core func $total (canon lower (func $things "total") {OPTIONS}))
  (core func $keep (canon lower (func $things "keep")))
  (core func $swap (canon lower (func $users "swap")))
  (core func $drop (canon resource.drop $thing))
  (core module $Main
    (import "heap" "mem" (memory 2))
    (import "host" "make" (func $make (param i32 i32) (result i32)))
    (import "host" "child" (func $child (param i32) (result i32)))
    (import "host" "length" (func $length (param i32) (result i32)))
    (import "host" "total" (func $total (param i32 i32) (result i32)))
    (import "host" "keep" (func $keep (param i32)))
    (import "host" "swap" (func $swap (param i32) (result i32)))
    (import "host" "drop" (func $drop (param i32)))
    (global $mine (mut i32) (i32.const 0))
    (global $second (mut i32) (i32.const 0))
    (func (export "make") (param i32 i32) (global.set $mine (call $make (local.get 0) (local.get 1))))
    (func (export "child") (global.set $second (call $child (global.get $mine))))
    (func (export "length") (result i32) (call $length (global.get $mine)))
    (func (export "total") (result i32)
      (i32.store (i32.const 16) (global.get $mine))
      (i32.store (i32.const 20) (global.get $mine))
      (call $total (i32.const 16) (i32.const 2)))
    (func (export "keep") (call $keep (global.get $mine)))
    (func (export "swap") (global.set $mine (call $swap (global.get $mine))))
    (func (export "drop") (call $drop (global.get $mine)))
    (func (export "drop-child") (call $drop (global.get $second)))
    (func (export "take") (param i32) (global.set $mine (local.get 0)))
    (func (export "look") (param i32) (result i32) (local $n i32)
      (local.set $n (call $length (local.get 0)))
      (call $drop (local.get 0))
      (local.get $n))
    (func (export "give") (result i32) (global.get $mine)))
  (core instance $main (instantiate $Main
    (with "heap" (instance $heap))
    (with "host" (instance
      (export "make" (func $make)) (export "child" (func $child)) (export "length" (func $length))
      (export "total" (func $total)) (export "keep" (func $keep)) (export "swap" (func $swap))
      (export "drop" (func $drop))))))
  (func (export "make") (param "name" string) (canon lift (core func $main "make") {OPTIONS}))
  (func (export "child") (canon lift (core func $main "child")))
  (func (export "length") (result u32) (canon lift (core func $main "length")))
  (func (export "total") (result u32) (canon lift (core func $main "total")))
  (func (export "keep") (canon lift (core func $main "keep")))
  (func (export "swap") (canon lift (core func $main "swap")))
  (func (export "drop") (canon lift (core func $main "drop")))
  (func (export "drop-child") (canon lift (core func $main "drop-child")))
  (func (export "take") (param "it" (own $thing)) (canon lift (core func $main "take")))
  (func (export "look") (param "it" (borrow $thing)) (result u32) (canon lift (core func $main "look")))
  (func (export "give") (result (own $thing)) (canon lift (core func $main "give"))))"""
