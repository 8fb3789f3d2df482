"""A guest with one export for each way to use, and to misuse, WASI's handles."""

from __future__ import annotations

from fakes.wat_echo import HEAP, OPTIONS

WASI_WAT = f"""(component
  (import "wasi:io/error@0.2.3" (instance $error (export "error" (type (sub resource)))))
  (alias export $error "error" (type $error-handle))
  (import "wasi:io/poll@0.2.3" (instance $poll
    (export "pollable" (type $pollable (sub resource)))
    (export "[method]pollable.block" (func (param "self" (borrow $pollable))))
    (export "poll" (func (param "in" (list (borrow $pollable))) (result (list u32))))))
  (alias export $poll "pollable" (type $pollable))
  (import "wasi:io/streams@0.2.3" (instance $streams
    (alias outer 1 $error-handle (type $outer-error))
    (export "error" (type $error (eq $outer-error)))
    (alias outer 1 $pollable (type $outer-pollable))
    (export "pollable" (type $pollable (eq $outer-pollable)))
    (export "input-stream" (type $input (sub resource)))
    (export "output-stream" (type $output (sub resource)))
    (type $variant (variant (case "last-operation-failed" (own $error)) (case "closed")))
    (export "stream-error" (type $stream-error (eq $variant)))
    (export "[method]input-stream.subscribe"
      (func (param "self" (borrow $input)) (result (own $pollable))))
    (export "[method]output-stream.write" (func
      (param "self" (borrow $output)) (param "contents" (list u8)) (result (result (error $stream-error)))))
    (export "[method]output-stream.blocking-splice" (func
      (param "self" (borrow $output)) (param "src" (borrow $input)) (param "len" u64)
      (result (result u64 (error $stream-error)))))))
  (alias export $streams "input-stream" (type $input))
  (alias export $streams "output-stream" (type $output))
  (import "wasi:cli/stdin@0.2.0" (instance $stdin
    (alias outer 1 $input (type $outer))
    (export "input-stream" (type $input (eq $outer)))
    (export "get-stdin" (func (result (own $input))))))
  (import "wasi:cli/stdout@0.2.12" (instance $stdout
    (alias outer 1 $output (type $outer))
    (export "output-stream" (type $output (eq $outer)))
    (export "get-stdout" (func (result (own $output))))))
  (import "wasi:cli/exit@0.2.6" (instance $exit
    (export "exit" (func (param "status" (result))))
    (export "exit-with-code" (func (param "status-code" u8)))))
  (import "wasi:clocks/monotonic-clock@0.2.9" (instance $clock
    (alias outer 1 $pollable (type $outer))
    (export "pollable" (type $pollable (eq $outer)))
    (export "subscribe-duration" (func (param "when" u64) (result (own $pollable))))))
  (import "wasi:random/random@0.2.1" (instance $random
    (export "get-random-bytes" (func (param "len" u64) (result (list u8))))))
{HEAP}
  (core func $block (canon lower (func $poll "[method]pollable.block")))
  (core func $poll-all (canon lower (func $poll "poll") {OPTIONS}))
  (core func $subscribe (canon lower (func $streams "[method]input-stream.subscribe")))
  (core func $write (canon lower (func $streams "[method]output-stream.write") {OPTIONS}))
  (core func $splice (canon lower (func $streams "[method]output-stream.blocking-splice") {OPTIONS}))
  (core func $get-stdin (canon lower (func $stdin "get-stdin")))
  (core func $get-stdout (canon lower (func $stdout "get-stdout")))
  (core func $exit (canon lower (func $exit "exit")))
  (core func $exit-with-code (canon lower (func $exit "exit-with-code")))
  (core func $duration (canon lower (func $clock "subscribe-duration")))
  (core func $random-bytes (canon lower (func $random "get-random-bytes") {OPTIONS}))
  (core func $drop-input (canon resource.drop $input))
  (core module $Main
    (import "heap" "mem" (memory 2))
    (import "host" "block" (func $block (param i32)))
    (import "host" "poll" (func $poll (param i32 i32 i32)))
    (import "host" "subscribe" (func $subscribe (param i32) (result i32)))
    (import "host" "write" (func $write (param i32 i32 i32 i32)))
    (import "host" "splice" (func $splice (param i32 i32 i64 i32)))
    (import "host" "stdin" (func $stdin (result i32)))
    (import "host" "stdout" (func $stdout (result i32)))
    (import "host" "exit" (func $exit (param i32)))
    (import "host" "exit-with-code" (func $exit-with-code (param i32)))
    (import "host" "duration" (func $duration (param i64) (result i32)))
    (import "host" "random" (func $random (param i64 i32)))
    (import "host" "drop-input" (func $drop-input (param i32)))
    (func (export "poll-first") (result i32)
      (i32.store (i32.const 16) (call $duration (i64.const 0xffffffffffffffff)))
      (i32.store (i32.const 20) (call $subscribe (call $stdin)))
      (i32.store (i32.const 24) (call $duration (i64.const 1000000)))
      (call $poll (i32.const 16) (i32.const 3) (i32.const 32))
      (i32.load (i32.load (i32.const 32))))
    (func (export "poll-nothing") (call $poll (i32.const 0) (i32.const 0) (i32.const 32)))
    (func (export "wait-for-ever") (call $block (call $duration (i64.const 0xffffffffffffffff))))
    (func (export "wait-for-input") (call $block (call $subscribe (call $stdin))))
    (func (export "orphan") (local $input i32)
      (local.set $input (call $stdin))
      (drop (call $subscribe (local.get $input)))
      (call $drop-input (local.get $input)))
    (func (export "unpermitted")
      (call $write (call $stdout) (i32.const 0) (i32.const 7) (i32.const 32)))
    (func (export "pass-on") (result i64)
      (call $splice (call $stdout) (call $stdin) (i64.const 100) (i32.const 32))
      (i64.load (i32.const 40)))
    (func (export "fail") (call $exit (i32.const 1)))
    (func (export "exit-7") (call $exit-with-code (i32.const 7)))
    (func (export "too-much-chance") (call $random (i64.const 0x1000000000) (i32.const 32))))
  (core instance $main (instantiate $Main
    (with "heap" (instance $heap))
    (with "host" (instance
      (export "block" (func $block)) (export "poll" (func $poll-all)) (export "subscribe" (func $subscribe))
      (export "write" (func $write)) (export "splice" (func $splice)) (export "stdin" (func $get-stdin))
      (export "stdout" (func $get-stdout)) (export "exit" (func $exit))
      (export "exit-with-code" (func $exit-with-code)) (export "duration" (func $duration))
      (export "random" (func $random-bytes)) (export "drop-input" (func $drop-input))))))
  (func (export "poll-first") (result u32) (canon lift (core func $main "poll-first")))
  (func (export "poll-nothing") (canon lift (core func $main "poll-nothing")))
  (func (export "wait-for-ever") (canon lift (core func $main "wait-for-ever")))
  (func (export "wait-for-input") (canon lift (core func $main "wait-for-input")))
  (func (export "orphan") (canon lift (core func $main "orphan")))
  (func (export "unpermitted") (canon lift (core func $main "unpermitted")))
  (func (export "pass-on") (result u64) (canon lift (core func $main "pass-on")))
  (func (export "fail") (canon lift (core func $main "fail")))
  (func (export "exit-7") (canon lift (core func $main "exit-7")))
  (func (export "too-much-chance") (canon lift (core func $main "too-much-chance"))))"""

OCTOBER_WAT = f"""(component
  (import "wasi:io/poll@0.2.0-rc-2023-10-18" (instance $poll
    (export "pollable" (type $pollable (sub resource)))
    (export "poll-one" (func (param "in" (borrow $pollable))))
    (export "poll-list" (func (param "in" (list (borrow $pollable))) (result (list u32))))))
  (alias export $poll "pollable" (type $pollable))
  (import "wasi:clocks/monotonic-clock@0.2.0-rc-2023-10-18" (instance $clock
    (alias outer 1 $pollable (type $outer))
    (export "pollable" (type $pollable (eq $outer)))
    (export "subscribe" (func (param "when" u64) (param "absolute" bool) (result (own $pollable))))))
{HEAP}
  (core func $poll-one (canon lower (func $poll "poll-one")))
  (core func $poll-list (canon lower (func $poll "poll-list") {OPTIONS}))
  (core func $subscribe (canon lower (func $clock "subscribe")))
  (core module $Main
    (import "heap" "mem" (memory 2))
    (import "host" "poll-one" (func $poll-one (param i32)))
    (import "host" "poll-list" (func $poll-list (param i32 i32 i32)))
    (import "host" "subscribe" (func $subscribe (param i64 i32) (result i32)))
    (func (export "poll-first") (result i32)
      (call $poll-one (call $subscribe (i64.const 1) (i32.const 0)))
      (i32.store (i32.const 16) (call $subscribe (i64.const 0xffffffffffffffff) (i32.const 0)))
      (i32.store (i32.const 20) (call $subscribe (i64.const 1) (i32.const 1)))
      (call $poll-list (i32.const 16) (i32.const 2) (i32.const 32))
      (i32.load (i32.load (i32.const 32)))))
  (core instance $main (instantiate $Main
    (with "heap" (instance $heap))
    (with "host" (instance
      (export "poll-one" (func $poll-one)) (export "poll-list" (func $poll-list))
      (export "subscribe" (func $subscribe))))))
  (func (export "poll-first") (result u32) (canon lift (core func $main "poll-first"))))"""
"""What guests of the release candidate of October 2023 import otherwise."""
