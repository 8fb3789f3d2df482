"""Guests that answer HTTP by the release candidates of 2023, as component text."""

from __future__ import annotations

from fakes import wat_http

OCTOBER, NOVEMBER, DECEMBER = (f"0.2.0-rc-2023-{day}" for day in ("10-18", "11-10", "12-05"))


def saying(version: str, text: bytes) -> bytes:
    """It answers 200 with this text."""
    if version == OCTOBER:
        return _OCTOBER.replace("TEXT", text.decode()).replace("LENGTH", str(len(text))).encode()
    guest = wat_http.saying(text).decode().replace("wasi:io/error@0.2.3", f"wasi:io/error@{NOVEMBER}")
    guest = guest.replace("wasi:io/streams@0.2.3", f"wasi:io/streams@{NOVEMBER}").replace("0.2.3", version)
    owned = '(param "headers" (own $headers)) (result (own $response))'
    assert owned in guest
    if version == NOVEMBER:
        guest = guest.replace(owned, owned.replace("own", "borrow", 1))
    return guest.encode()


_OCTOBER = f"""
(component $guest
  (import "wasi:io/streams@{OCTOBER}" (instance $streams
    (export "output-stream" (type $out (sub resource)))
    (export "error" (type $error (sub resource)))
    (type $failure (variant (case "last-operation-failed" (own $error)) (case "closed")))
    (export "stream-error" (type $FAILURE (eq $failure)))
    (export "[method]output-stream.blocking-write-and-flush" (func
      (param "self" (borrow $out)) (param "contents" (list u8)) (result (result (error $FAILURE)))))))
  (alias export $streams "output-stream" (type $output))
  (import "wasi:http/types@{OCTOBER}" (instance $types
    (export "fields" (type $fields (sub resource)))
    (export "headers" (type $headers (eq $fields)))
    (export "trailers" (type $trailers (eq $fields)))
    (export "incoming-request" (type $request (sub resource)))
    (export "outgoing-response" (type $response (sub resource)))
    (export "outgoing-body" (type $outgoing-body (sub resource)))
    (export "response-outparam" (type $outparam (sub resource)))
    (alias outer $guest $output (type $outer-out))
    (export "output-stream" (type $out (eq $outer-out)))
    (type $error (variant (case "invalid-url" string) (case "timeout-error" string)
      (case "protocol-error" string) (case "unexpected-error" string)))
    (export "error" (type $ERROR (eq $error)))
    (export "[constructor]fields" (func
      (param "entries" (list (tuple string (list u8)))) (result (own $fields))))
    (export "[constructor]outgoing-response" (func
      (param "status-code" u16) (param "headers" (borrow $headers)) (result (own $response))))
    (export "[method]outgoing-response.write" (func
      (param "self" (borrow $response)) (result (result (own $outgoing-body)))))
    (export "[method]outgoing-body.write" (func
      (param "self" (borrow $outgoing-body)) (result (result (own $out)))))
    (export "[static]outgoing-body.finish" (func
      (param "this" (own $outgoing-body)) (param "trailers" (option (own $trailers)))))
    (export "[static]response-outparam.set" (func
      (param "param" (own $outparam)) (param "response" (result (own $response) (error $ERROR)))))))
  (alias export $types "incoming-request" (type $incoming-request))
  (alias export $types "response-outparam" (type $response-outparam))
  (core module $Memory
    (memory (export "memory") 1)
    (data (i32.const 1024) "TEXT")
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable))
  (core instance $memory (instantiate $Memory))
  (core func $fields (canon lower (func $types "[constructor]fields")
    (memory (core memory $memory "memory")) (realloc (core func $memory "realloc"))))
  (core func $response (canon lower (func $types "[constructor]outgoing-response")))
  (core func $body (canon lower (func $types "[method]outgoing-response.write")
    (memory (core memory $memory "memory"))))
  (core func $writer (canon lower (func $types "[method]outgoing-body.write")
    (memory (core memory $memory "memory"))))
  (core func $finish (canon lower (func $types "[static]outgoing-body.finish")))
  (core func $set (canon lower (func $types "[static]response-outparam.set")
    (memory (core memory $memory "memory"))))
  (core func $write (canon lower (func $streams "[method]output-stream.blocking-write-and-flush")
    (memory (core memory $memory "memory"))))
  (core func $drop-output (canon resource.drop $output))
  (core module $Program
    (import "memory" "memory" (memory 1))
    (import "" "fields" (func $fields (param i32 i32) (result i32)))
    (import "" "response" (func $response (param i32 i32) (result i32)))
    (import "" "body" (func $body (param i32 i32)))
    (import "" "writer" (func $writer (param i32 i32)))
    (import "" "finish" (func $finish (param i32 i32 i32)))
    (import "" "set" (func $set (param i32 i32 i32 i32 i32)))
    (import "" "write" (func $write (param i32 i32 i32 i32)))
    (import "" "drop-output" (func $drop-output (param i32)))
    (func (export "handle") (param $request i32) (param $outparam i32)
      (local $response i32) (local $body i32) (local $out i32)
      (local.set $response (call $response (i32.const 200) (call $fields (i32.const 0) (i32.const 0))))
      (call $body (local.get $response) (i32.const 16))
      (local.set $body (i32.load (i32.const 20)))
      (call $writer (local.get $body) (i32.const 16))
      (local.set $out (i32.load (i32.const 20)))
      (call $set (local.get $outparam) (i32.const 0) (local.get $response) (i32.const 0) (i32.const 0))
      (call $write (local.get $out) (i32.const 1024) (i32.const LENGTH) (i32.const 32))
      (call $drop-output (local.get $out))
      (call $finish (local.get $body) (i32.const 0) (i32.const 0))))
  (core instance $program (instantiate $Program (with "memory" (instance $memory)) (with "" (instance
    (export "fields" (func $fields)) (export "response" (func $response)) (export "body" (func $body))
    (export "writer" (func $writer)) (export "finish" (func $finish)) (export "set" (func $set))
    (export "write" (func $write)) (export "drop-output" (func $drop-output))))))
  (func $handle (param "request" (own $incoming-request)) (param "response-out" (own $response-outparam))
    (canon lift (core func $program "handle")))
  (instance $handler (export "handle" (func $handle)))
  (export "wasi:http/incoming-handler@{OCTOBER}" (instance $handler)))
"""
