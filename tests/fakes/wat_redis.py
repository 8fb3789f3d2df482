"""A guest that is told of messages on a Redis channel, and says only that it was."""

from __future__ import annotations

REFUSING = b"""(component
  (core module $M
    (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
    (func (export "handle") (param i32 i32) (result i32)
      (i32.store8 (i32.const 0) (i32.const 1))
      (i32.store8 (i32.const 1) (i32.const 1))
      (i32.const 0)))
  (core instance $m (instantiate $M))
  (type $cases (enum "success" "error"))
  (export $error "error" (type $cases))
  (func $handle (param "message" (list u8)) (result (result (error $error)))
    (canon lift (core func $m "handle") (memory (core memory $m "memory"))
      (realloc (core func $m "realloc"))))
  (instance $inbound (export "error" (type $error)) (export "handle-message" (func $handle)))
  (export "fermyon:spin/inbound-redis" (instance $inbound)))
"""
"""To each message it answers with an error."""
