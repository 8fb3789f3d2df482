"""Guests that answer HTTP, as component text: a program of a few lines over `wasi:http` and `wasi:io`."""

from __future__ import annotations

ERROR_CODES = """
    (type $dns (record (field "rcode" (option string)) (field "info-code" (option u16))))
    (export "DNS-error-payload" (type $DNS (eq $dns)))
    (type $alert (record (field "alert-id" (option u8)) (field "alert-message" (option string))))
    (export "TLS-alert-received-payload" (type $ALERT (eq $alert)))
    (type $size (record (field "field-name" (option string)) (field "field-size" (option u32))))
    (export "field-size-payload" (type $SIZE (eq $size)))
    (type $code (variant
      (case "DNS-timeout") (case "DNS-error" $DNS) (case "destination-not-found")
      (case "destination-unavailable") (case "destination-IP-prohibited") (case "destination-IP-unroutable")
      (case "connection-refused") (case "connection-terminated") (case "connection-timeout")
      (case "connection-read-timeout") (case "connection-write-timeout") (case "connection-limit-reached")
      (case "TLS-protocol-error") (case "TLS-certificate-error") (case "TLS-alert-received" $ALERT)
      (case "HTTP-request-denied") (case "HTTP-request-length-required")
      (case "HTTP-request-body-size" (option u64)) (case "HTTP-request-method-invalid")
      (case "HTTP-request-URI-invalid") (case "HTTP-request-URI-too-long")
      (case "HTTP-request-header-section-size" (option u32))
      (case "HTTP-request-header-size" (option $SIZE))
      (case "HTTP-request-trailer-section-size" (option u32)) (case "HTTP-request-trailer-size" $SIZE)
      (case "HTTP-response-incomplete") (case "HTTP-response-header-section-size" (option u32))
      (case "HTTP-response-header-size" $SIZE) (case "HTTP-response-body-size" (option u64))
      (case "HTTP-response-trailer-section-size" (option u32)) (case "HTTP-response-trailer-size" $SIZE)
      (case "HTTP-response-transfer-coding" (option string))
      (case "HTTP-response-content-coding" (option string)) (case "HTTP-response-timeout")
      (case "HTTP-upgrade-failed") (case "HTTP-protocol-error") (case "loop-detected")
      (case "configuration-error") (case "internal-error" (option string))))
    (export "error-code" (type $CODE (eq $code)))
"""

IMPORTS = f"""
  (import "wasi:io/error@0.2.3" (instance $error (export "error" (type (sub resource)))))
  (alias export $error "error" (type $error-handle))
  (import "wasi:io/streams@0.2.3" (instance $streams
    (export "input-stream" (type $in (sub resource)))
    (export "output-stream" (type $out (sub resource)))
    (alias outer $guest $error-handle (type $outer))
    (export "error" (type $error (eq $outer)))
    (type $failure (variant (case "last-operation-failed" (own $error)) (case "closed")))
    (export "stream-error" (type $FAILURE (eq $failure)))
    (export "[method]output-stream.blocking-write-and-flush" (func
      (param "self" (borrow $out)) (param "contents" (list u8)) (result (result (error $FAILURE)))))
    (export "[method]output-stream.blocking-splice" (func
      (param "self" (borrow $out)) (param "src" (borrow $in)) (param "len" u64)
      (result (result u64 (error $FAILURE)))))))
  (alias export $streams "input-stream" (type $input))
  (alias export $streams "output-stream" (type $output))
  (import "wasi:http/types@0.2.3" (instance $types
    (export "fields" (type $fields (sub resource)))
    (export "headers" (type $headers (eq $fields)))
    (export "trailers" (type $trailers (eq $fields)))
    (export "incoming-request" (type $request (sub resource)))
    (export "incoming-body" (type $incoming-body (sub resource)))
    (export "outgoing-response" (type $response (sub resource)))
    (export "outgoing-body" (type $outgoing-body (sub resource)))
    (export "response-outparam" (type $outparam (sub resource)))
    (alias outer $guest $input (type $outer-in))
    (export "input-stream" (type $in (eq $outer-in)))
    (alias outer $guest $output (type $outer-out))
    (export "output-stream" (type $out (eq $outer-out)))
    {ERROR_CODES}
    (export "[constructor]fields" (func (result (own $fields))))
    (export "[constructor]outgoing-response" (func
      (param "headers" (own $headers)) (result (own $response))))
    (export "[method]outgoing-response.set-status-code" (func
      (param "self" (borrow $response)) (param "status-code" u16) (result (result))))
    (export "[method]outgoing-response.body" (func
      (param "self" (borrow $response)) (result (result (own $outgoing-body)))))
    (export "[method]outgoing-body.write" (func
      (param "self" (borrow $outgoing-body)) (result (result (own $out)))))
    (export "[static]outgoing-body.finish" (func
      (param "this" (own $outgoing-body)) (param "trailers" (option (own $trailers)))
      (result (result (error $CODE)))))
    (export "[static]response-outparam.set" (func
      (param "param" (own $outparam)) (param "response" (result (own $response) (error $CODE)))))
    (export "[method]incoming-request.consume" (func
      (param "self" (borrow $request)) (result (result (own $incoming-body)))))
    (export "[method]incoming-body.stream" (func
      (param "self" (borrow $incoming-body)) (result (result (own $in)))))))
  (alias export $types "incoming-request" (type $incoming-request))
  (alias export $types "response-outparam" (type $response-outparam))
"""

LOWERED = {
    "fields": ("$types", "[constructor]fields", "(result i32)"),
    "response": ("$types", "[constructor]outgoing-response", "(param i32) (result i32)"),
    "status": ("$types", "[method]outgoing-response.set-status-code", "(param i32 i32) (result i32)"),
    "body": ("$types", "[method]outgoing-response.body", "(param i32 i32)"),
    "writer": ("$types", "[method]outgoing-body.write", "(param i32 i32)"),
    "finish": ("$types", "[static]outgoing-body.finish", "(param i32 i32 i32 i32)"),
    "set": (
        "$types",
        "[static]response-outparam.set",
        "(param i32 i32 i32 i32 i64 i32 i32 i32 i32)",
    ),
    "consume": ("$types", "[method]incoming-request.consume", "(param i32 i32)"),
    "reader": ("$types", "[method]incoming-body.stream", "(param i32 i32)"),
    "write": ("$streams", "[method]output-stream.blocking-write-and-flush", "(param i32 i32 i32 i32)"),
    "splice": ("$streams", "[method]output-stream.blocking-splice", "(param i32 i32 i64 i32)"),
}
"""The program's name of a function → its instance, its name there, its core type."""

DROPS = {"drop-output": "$output", "drop-input": "$input"}

START = """
    (local.set $response (call $response (call $fields)))
    (call $body (local.get $response) (i32.const 16))
    (local.set $body (i32.load (i32.const 20)))
    (call $writer (local.get $body) (i32.const 16))
    (local.set $out (i32.load (i32.const 20)))
    (call $set (local.get 1) (i32.const 0) (local.get $response) (i32.const 0) (i64.const 0)
      (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))
"""
"""Set a response of status 200; `$out` is the stream of its body."""

FINISH = """
    (call $drop-output (local.get $out))
    (call $finish (local.get $body) (i32.const 0) (i32.const 0) (i32.const 64))
"""

WRITE = "(call $write (local.get $out) (i32.const 1024) (i32.const {}) (i32.const 32))"

ECHO = """
    (call $consume (local.get 0) (i32.const 16))
    (local.set $incoming (i32.load (i32.const 20)))
    (call $reader (local.get $incoming) (i32.const 16))
    (local.set $in (i32.load (i32.const 20)))
    (loop $again
      (call $splice (local.get $out) (local.get $in) (i64.const 65536) (i32.const 32))
      (br_if $again (i32.eqz (i32.load8_u (i32.const 32)))))
"""


def guest(program: str, data: bytes = b"") -> bytes:
    """A component whose `handle` is this; `data` lies at address 1024."""
    lowered = "".join(
        f'(core func ${name} (canon lower (func {instance} "{function}")'
        ' (memory (core memory $memory "memory")) (realloc (core func $memory "realloc"))))\n'
        for name, (instance, function, _) in LOWERED.items()
    )
    dropped = "".join(f"(core func ${name} (canon resource.drop {type_}))\n" for name, type_ in DROPS.items())
    imports = "".join(
        f'(import "" "{name}" (func ${name} {type_}))\n' for name, (_, _, type_) in LOWERED.items()
    )
    imports += "".join(f'(import "" "{name}" (func ${name} (param i32)))\n' for name in DROPS)
    exports = "".join(f'(export "{name}" (func ${name}))\n' for name in (*LOWERED, *DROPS))
    text = "".join(f"\\{byte:02x}" for byte in data)
    return f"""
(component $guest
  {IMPORTS}
  (core module $Memory
    (memory (export "memory") 1)
    (data (i32.const 1024) "{text}")
    (global $free (mut i32) (i32.const 32768))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (global.get $free)
      (global.set $free (i32.add (global.get $free) (local.get 3)))))
  (core instance $memory (instantiate $Memory))
  {lowered}
  {dropped}
  (core module $Program
    (import "memory" "memory" (memory 1))
    {imports}
    (func (export "handle") (param i32 i32)
      (local $response i32) (local $body i32) (local $out i32) (local $incoming i32) (local $in i32)
      {program}))
  (core instance $program (instantiate $Program
    (with "memory" (instance $memory)) (with "" (instance {exports}))))
  (func $handle (param "request" (own $incoming-request)) (param "response-out" (own $response-outparam))
    (canon lift (core func $program "handle")))
  (instance $handler (export "handle" (func $handle)))
  (export "wasi:http/incoming-handler@0.2.3" (instance $handler)))
""".encode()


def saying(text: bytes) -> bytes:
    """It answers 200 with this text."""
    return guest(START + WRITE.format(len(text)) + FINISH, text)


def echoing() -> bytes:
    """It answers with the request's body, as it comes in."""
    return guest(START + ECHO + FINISH)


def saying_and_looping(text: bytes) -> bytes:
    """It answers, does not end its body, and never returns."""
    return guest(START + WRITE.format(len(text)) + "(loop $on (br $on))", text)


SILENT = guest("")
TRAPPING = guest("unreachable")
LOOPING = guest("(loop $on (br $on))")
ABANDONING = guest(START + WRITE.format(4), b"half")
"""It returns without having finished its body."""

LEGACY = b"""
(component
  (type $method' (enum "get" "post" "put" "delete" "patch" "head" "options"))
  (type $request' (record (field "method" $method') (field "uri" string)
    (field "headers" (list (tuple string string))) (field "params" (list (tuple string string)))
    (field "body" (option (list u8)))))
  (type $response' (record (field "status" u16) (field "headers" (option (list (tuple string string))))
    (field "body" (option (list u8)))))
  (core module $Program
    (memory (export "memory") 64)
    (data (i32.const 1024) "x-legacy" "yes")
    (global $free (mut i32) (i32.const 65536))
    (func (export "realloc") (param i32 i32) (param $align i32) (param $size i32) (result i32)
      (local $at i32)
      (local.set $at (i32.and
        (i32.add (global.get $free) (i32.sub (local.get $align) (i32.const 1)))
        (i32.sub (i32.const 0) (local.get $align))))
      (global.set $free (i32.add (local.get $at) (local.get $size)))
      (local.get $at))
    ;; method, uri, headers, params, body: answers 210 plus the method's number, one header, and the body
    (func (export "handle") (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)
      (i32.store16 (i32.const 512) (i32.add (i32.const 210) (local.get 0)))
      (i32.store8 (i32.const 516) (i32.const 1))
      (i32.store (i32.const 520) (i32.const 600))
      (i32.store (i32.const 524) (i32.const 1))
      (i32.store (i32.const 600) (i32.const 1024))
      (i32.store (i32.const 604) (i32.const 8))
      (i32.store (i32.const 608) (i32.const 1032))
      (i32.store (i32.const 612) (i32.const 3))
      (i32.store8 (i32.const 528) (local.get 7))
      (i32.store (i32.const 532) (local.get 8))
      (i32.store (i32.const 536) (local.get 9))
      (i32.const 512)))
  (core instance $program (instantiate $Program))
  (type $call' (func (param "req" $request') (result $response')))
  (func $handle (type $call') (canon lift (core func $program "handle")
    (memory (core memory $program "memory")) (realloc (core func $program "realloc"))))
  ;; an interface's types have names, which only a component of its own can give them
  (component $Interface
    (type $method' (enum "get" "post" "put" "delete" "patch" "head" "options"))
    (import "the-method" (type $method (eq $method')))
    (type $request' (record (field "method" $method) (field "uri" string)
      (field "headers" (list (tuple string string))) (field "params" (list (tuple string string)))
      (field "body" (option (list u8)))))
    (import "the-request" (type $request (eq $request')))
    (type $response' (record (field "status" u16) (field "headers" (option (list (tuple string string))))
      (field "body" (option (list u8)))))
    (import "the-response" (type $response (eq $response')))
    (import "the-function" (func $handle (param "req" $request) (result $response)))
    (export $METHOD "method" (type $method))
    (type $request'' (record (field "method" $METHOD) (field "uri" string)
      (field "headers" (list (tuple string string))) (field "params" (list (tuple string string)))
      (field "body" (option (list u8)))))
    (export $REQUEST "request" (type $request''))
    (export $RESPONSE "response" (type $response'))
    (export "handle-request" (func $handle) (func (param "req" $REQUEST) (result $RESPONSE))))
  (instance $interface (instantiate $Interface
    (with "the-method" (type $method')) (with "the-request" (type $request'))
    (with "the-response" (type $response')) (with "the-function" (func $handle))))
  (export "fermyon:spin/inbound-http" (instance $interface)))
"""
