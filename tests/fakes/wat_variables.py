"""A guest that hands the three interfaces for variables on: tests ask through it."""

from __future__ import annotations

from fakes.wat_echo import HEAP, OPTIONS

_ERROR = '(type $e (variant {cases})) (export "error" (type $error (eq $e)))'


def _error(*names: str) -> str:
    return _ERROR.format(cases=" ".join(f'(case "{name}" string)' for name in names))


VARIABLES_WAT = f"""(component
  (import "fermyon:spin/variables@2.0.0" (instance $variables
    {_error("invalid-name", "undefined", "provider", "other")}
    (export "get" (func (param "name" string) (result (result string (error $error)))))))
  (import "fermyon:spin/config" (instance $config
    {_error("provider", "invalid-key", "invalid-schema", "other")}
    (export "get-config" (func (param "key" string) (result (result string (error $error)))))))
  (import "wasi:config/store@0.2.0-draft-2024-09-27" (instance $store
    {_error("upstream", "io")}
    (export "get" (func (param "key" string) (result (result (option string) (error $error)))))
    (export "get-all" (func (result (result (list (tuple string string)) (error $error)))))))
  (alias export $variables "error" (type $variables-error))
  (alias export $config "error" (type $config-error))
  (alias export $store "error" (type $store-error))
{HEAP}
  (core func $get (canon lower (func $variables "get") {OPTIONS}))
  (core func $get-config (canon lower (func $config "get-config") {OPTIONS}))
  (core func $store-get (canon lower (func $store "get") {OPTIONS}))
  (core func $store-get-all (canon lower (func $store "get-all") {OPTIONS}))
  (core module $Main
    (import "host" "get" (func $get (param i32 i32 i32)))
    (import "host" "get-config" (func $get-config (param i32 i32 i32)))
    (import "host" "store-get" (func $store-get (param i32 i32 i32)))
    (import "host" "store-get-all" (func $store-get-all (param i32)))
    (func (export "get") (param i32 i32) (result i32)
      (call $get (local.get 0) (local.get 1) (i32.const 1024)) (i32.const 1024))
    (func (export "get-config") (param i32 i32) (result i32)
      (call $get-config (local.get 0) (local.get 1) (i32.const 1024)) (i32.const 1024))
    (func (export "store-get") (param i32 i32) (result i32)
      (call $store-get (local.get 0) (local.get 1) (i32.const 1024)) (i32.const 1024))
    (func (export "store-get-all") (result i32)
      (call $store-get-all (i32.const 1024)) (i32.const 1024)))
  (core instance $main (instantiate $Main (with "host" (instance
    (export "get" (func $get)) (export "get-config" (func $get-config))
    (export "store-get" (func $store-get)) (export "store-get-all" (func $store-get-all))))))
  (func (export "get") (param "name" string) (result (result string (error $variables-error)))
    (canon lift (core func $main "get") {OPTIONS}))
  (func (export "get-config") (param "key" string) (result (result string (error $config-error)))
    (canon lift (core func $main "get-config") {OPTIONS}))
  (func (export "store-get") (param "key" string) (result (result (option string) (error $store-error)))
    (canon lift (core func $main "store-get") {OPTIONS}))
  (func (export "store-get-all") (result (result (list (tuple string string)) (error $store-error)))
    (canon lift (core func $main "store-get-all") {OPTIONS})))"""
