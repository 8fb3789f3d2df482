"""Commands by hand: they return, exit, trap, loop, talk, or make a folder."""

_RUN = """
  (func $run (result (result)) (canon lift (core func $program "run")))
  (instance $command (export "run" (func $run)))
  (export "wasi:cli/run@0.2.3" (instance $command))
"""


def returning(code: int) -> bytes:
    """`run` returns ok (0) or an error (1)."""
    return f"""(component
      (core module $p (func (export "run") (result i32) i32.const {code}))
      (core instance $program (instantiate $p)) {_RUN})""".encode()


def trapping() -> bytes:
    return f"""(component
      (core module $p (func (export "run") (result i32) unreachable))
      (core instance $program (instantiate $p)) {_RUN})""".encode()


def looping() -> bytes:
    return f"""(component
      (core module $p (func (export "run") (result i32) (loop $l (br $l)) unreachable))
      (core instance $program (instantiate $p)) {_RUN})""".encode()


def exiting(code: int) -> bytes:
    """`wasi:cli/exit` with ok (0) or an error (1), from the depth of the program."""
    return f"""(component
      (import "wasi:cli/exit@0.2.0" (instance $e (export "exit" (func (param "status" (result))))))
      (core func $exit (canon lower (func $e "exit")))
      (core module $p
        (import "h" "exit" (func $exit (param i32)))
        (func (export "run") (result i32) (call $exit (i32.const {code})) unreachable))
      (core instance $program (instantiate $p (with "h" (instance (export "exit" (func $exit)))))) {_RUN})
    """.encode()


_MEMORY = """
  (core module $Memory
    (memory (export "memory") 4)
    (global $free (mut i32) (i32.const 1024))
    (func (export "realloc") (param i32 i32) (param $align i32) (param $size i32) (result i32)
      (local $at i32)
      (local.set $at (i32.and
        (i32.add (global.get $free) (i32.sub (local.get $align) (i32.const 1)))
        (i32.sub (i32.const 0) (local.get $align))))
      (global.set $free (i32.add (local.get $at) (local.get $size)))
      (local.get $at)))
  (core instance $memory (instantiate $Memory))
"""
_OPTIONS = '(memory (core memory $memory "memory")) (realloc (core func $memory "realloc"))'

TALKING = f"""(component
  (import "wasi:cli/environment@0.2.0" (instance $environment
    (export "get-environment" (func (result (list (tuple string string)))))
    (export "get-arguments" (func (result (list string))))))
  (import "wasi:io/error@0.2.0" (instance $io-error (export "error" (type (sub resource)))))
  (alias export $io-error "error" (type $io-error-type))
  (import "wasi:io/streams@0.2.0" (instance $streams
    (export "input-stream" (type $input-stream (sub resource)))
    (export "output-stream" (type $output-stream (sub resource)))
    (alias outer 1 $io-error-type (type $outer-error))
    (export "error" (type $error (eq $outer-error)))
    (type $stream-error-variant (variant (case "last-operation-failed" (own $error)) (case "closed")))
    (export "stream-error" (type $stream-error (eq $stream-error-variant)))
    (export "[method]input-stream.blocking-read" (func
      (param "self" (borrow $input-stream)) (param "len" u64)
      (result (result (list u8) (error $stream-error)))))
    (export "[method]output-stream.blocking-write-and-flush" (func
      (param "self" (borrow $output-stream)) (param "contents" (list u8))
      (result (result (error $stream-error)))))))
  (alias export $streams "input-stream" (type $input-stream))
  (alias export $streams "output-stream" (type $output-stream))
  (import "wasi:cli/stdin@0.2.0" (instance $stdin
    (alias outer 1 $input-stream (type $outer-stream))
    (export "input-stream" (type $input-stream (eq $outer-stream)))
    (export "get-stdin" (func (result (own $input-stream))))))
  (import "wasi:cli/stdout@0.2.0" (instance $stdout
    (alias outer 1 $output-stream (type $outer-stream))
    (export "output-stream" (type $output-stream (eq $outer-stream)))
    (export "get-stdout" (func (result (own $output-stream))))))
  (import "wasi:cli/stderr@0.2.0" (instance $stderr
    (alias outer 1 $output-stream (type $outer-stream))
    (export "output-stream" (type $output-stream (eq $outer-stream)))
    (export "get-stderr" (func (result (own $output-stream))))))
  {_MEMORY}
  (core func $get-environment (canon lower (func $environment "get-environment") {_OPTIONS}))
  (core func $get-arguments (canon lower (func $environment "get-arguments") {_OPTIONS}))
  (core func $get-stdin (canon lower (func $stdin "get-stdin")))
  (core func $get-stdout (canon lower (func $stdout "get-stdout")))
  (core func $get-stderr (canon lower (func $stderr "get-stderr")))
  (core func $read (canon lower (func $streams "[method]input-stream.blocking-read") {_OPTIONS}))
  (core func $write (canon lower (func $streams "[method]output-stream.blocking-write-and-flush")
    (memory (core memory $memory "memory"))))
  (core module $Program
    (import "m" "memory" (memory 1))
    (import "h" "get-environment" (func $get-environment (param i32)))
    (import "h" "get-arguments" (func $get-arguments (param i32)))
    (import "h" "get-stdin" (func $get-stdin (result i32)))
    (import "h" "get-stdout" (func $get-stdout (result i32)))
    (import "h" "get-stderr" (func $get-stderr (result i32)))
    (import "h" "read" (func $read (param i32 i64 i32)))
    (import "h" "write" (func $write (param i32 i32 i32 i32)))
    (data (i32.const 0) "\\0a")
    (func $line (param $stream i32) (param $string i32)
      (call $write (local.get $stream) (i32.load (local.get $string))
        (i32.load offset=4 (local.get $string)) (i32.const 64))
      (call $write (local.get $stream) (i32.const 0) (i32.const 1) (i32.const 64)))
    (func $lines (param $stream i32) (param $at i32) (param $count i32)
      (loop $more
        (if (local.get $count) (then
          (call $line (local.get $stream) (local.get $at))
          (local.set $at (i32.add (local.get $at) (i32.const 8)))
          (local.set $count (i32.sub (local.get $count) (i32.const 1)))
          (br $more)))))
    (func (export "run") (result i32) (local $out i32)
      (local.set $out (call $get-stdout))
      (call $get-arguments (i32.const 16))
      (call $lines (local.get $out) (i32.load (i32.const 16)) (i32.load (i32.const 20)))
      (call $get-environment (i32.const 16))
      (call $lines (call $get-stderr) (i32.load (i32.const 16))
        (i32.mul (i32.const 2) (i32.load (i32.const 20))))
      (call $read (call $get-stdin) (i64.const 4096) (i32.const 32))
      (if (i32.eqz (i32.load8_u (i32.const 32)))
        (then (call $line (local.get $out) (i32.const 36))))
      (i32.const 0)))
  (core instance $program (instantiate $Program (with "m" (instance $memory)) (with "h" (instance
    (export "get-environment" (func $get-environment)) (export "get-arguments" (func $get-arguments))
    (export "get-stdin" (func $get-stdin)) (export "get-stdout" (func $get-stdout))
    (export "get-stderr" (func $get-stderr)) (export "read" (func $read)) (export "write" (func $write))))))
  {_RUN})""".encode()
"""Prints its arguments to stdout, its environment to stderr, then what it reads from stdin to stdout."""

_ERROR_CODES = """
  access would-block already bad-descriptor busy deadlock quota exist file-too-large illegal-byte-sequence
  in-progress interrupted invalid io is-directory loop too-many-links message-size name-too-long no-device
  no-entry no-lock insufficient-memory insufficient-space not-directory not-empty not-recoverable unsupported
  no-tty no-such-device overflow not-permitted pipe read-only invalid-seek text-file-busy cross-device
"""

MAKING = f"""(component
  (import "wasi:filesystem/types@0.2.0" (instance $types
    (export "descriptor" (type $descriptor (sub resource)))
    (type $codes (enum {" ".join(f'"{code}"' for code in _ERROR_CODES.split())}))
    (export "error-code" (type $code (eq $codes)))
    (export "[method]descriptor.create-directory-at" (func
      (param "self" (borrow $descriptor)) (param "path" string) (result (result (error $code)))))))
  (alias export $types "descriptor" (type $descriptor))
  (import "wasi:filesystem/preopens@0.2.0" (instance $preopens
    (alias outer 1 $descriptor (type $outer))
    (export "descriptor" (type $descriptor (eq $outer)))
    (export "get-directories" (func (result (list (tuple (own $descriptor) string)))))))
  {_MEMORY}
  (core func $get (canon lower (func $preopens "get-directories") {_OPTIONS}))
  (core func $make (canon lower (func $types "[method]descriptor.create-directory-at") {_OPTIONS}))
  (core module $Program
    (import "m" "memory" (memory 1))
    (import "h" "get" (func $get (param i32)))
    (import "h" "make" (func $make (param i32 i32 i32 i32)))
    (data (i32.const 0) "made")
    (func (export "run") (result i32)
      (call $get (i32.const 16))
      (call $make (i32.load (i32.load (i32.const 16))) (i32.const 0) (i32.const 4) (i32.const 32))
      (i32.load8_u (i32.const 32))))
  (core instance $program (instantiate $Program (with "m" (instance $memory)) (with "h" (instance
    (export "get" (func $get)) (export "make" (func $make))))))
  {_RUN})""".encode()
"""Makes the folder `made` in its first mount; an error where it may not."""
