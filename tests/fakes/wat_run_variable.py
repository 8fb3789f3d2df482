"""A command that prints one of its variables, read by the older interface; without a value it fails."""

from __future__ import annotations

from fakes.wat_echo import HEAP, OPTIONS


def printing(name: str) -> bytes:
    """Prints the value of the variable `name`; without one, what the host says of it, and ends with 1."""
    return f"""(component
  (import "fermyon:spin/config" (instance $config
    (type $e (variant (case "provider" string) (case "invalid-key" string) (case "invalid-schema" string)
      (case "other" string)))
    (export "error" (type $error (eq $e)))
    (export "get-config" (func (param "key" string) (result (result string (error $error)))))))
  (import "wasi:io/error@0.2.0" (instance $io-error (export "error" (type (sub resource)))))
  (alias export $io-error "error" (type $io-error-type))
  (import "wasi:io/streams@0.2.0" (instance $streams
    (export "output-stream" (type $output-stream (sub resource)))
    (alias outer 1 $io-error-type (type $outer-error))
    (export "error" (type $error (eq $outer-error)))
    (type $failure (variant (case "last-operation-failed" (own $error)) (case "closed")))
    (export "stream-error" (type $FAILURE (eq $failure)))
    (export "[method]output-stream.blocking-write-and-flush" (func (param "self" (borrow $output-stream))
      (param "contents" (list u8)) (result (result (error $FAILURE)))))))
  (alias export $streams "output-stream" (type $output-stream))
  (import "wasi:cli/stdout@0.2.0" (instance $stdout
    (alias outer 1 $output-stream (type $outer-stream))
    (export "output-stream" (type $stream (eq $outer-stream)))
    (export "get-stdout" (func (result (own $stream))))))
{HEAP}
  (core func $get (canon lower (func $config "get-config") {OPTIONS}))
  (core func $stdout (canon lower (func $stdout "get-stdout")))
  (core func $write (canon lower (func $streams "[method]output-stream.blocking-write-and-flush") {OPTIONS}))
  (core module $Main
    (import "heap" "mem" (memory 2))
    (import "host" "get" (func $get (param i32 i32 i32)))
    (import "host" "stdout" (func $stdout (result i32)))
    (import "host" "write" (func $write (param i32 i32 i32 i32)))
    (data (i32.const 512) "{name}")
    (func (export "run") (result i32) (local $at i32)
      (call $get (i32.const 512) (i32.const {len(name)}) (i32.const 1024))
      ;; a value lies behind the result's tag, an error's text behind the error's too
      (local.set $at (i32.add (i32.const 1028) (i32.shl (i32.load8_u (i32.const 1024)) (i32.const 2))))
      (call $write (call $stdout)
        (i32.load (local.get $at)) (i32.load offset=4 (local.get $at)) (i32.const 64))
      (i32.load8_u (i32.const 1024))))
  (core instance $main (instantiate $Main (with "heap" (instance $heap)) (with "host" (instance
    (export "get" (func $get)) (export "stdout" (func $stdout)) (export "write" (func $write))))))
  (func $run (result (result)) (canon lift (core func $main "run")))
  (instance $command (export "run" (func $run)))
  (export "wasi:cli/run@0.2.3" (instance $command)))""".encode()
