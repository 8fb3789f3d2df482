;; The bench guest: exports `infer` and calls the one it imports, with the same model, prompt and parameters.
;;
;; Values cross the component boundary twice each way, as in any guest; the program between is nothing but
;; that call. Its memory is one page to begin with, and its allocator only moves forward: an instance lives for
;; one request.
(component
  (import "fermyon:spin/llm@2.0.0" (instance $llm
    (type $params-record (record
      (field "max-tokens" u32) (field "repeat-penalty" f32) (field "repeat-penalty-last-n-token-count" u32)
      (field "temperature" f32) (field "top-k" u32) (field "top-p" f32)))
    (export "inferencing-params" (type $params (eq $params-record)))
    (type $usage-record (record (field "prompt-token-count" u32) (field "generated-token-count" u32)))
    (export "inferencing-usage" (type $usage (eq $usage-record)))
    (type $result-record (record (field "text" string) (field "usage" $usage)))
    (export "inferencing-result" (type $answer (eq $result-record)))
    (type $error-variant (variant
      (case "model-not-supported") (case "runtime-error" string) (case "invalid-input" string)))
    (export "error" (type $error (eq $error-variant)))
    (export "infer" (func
      (param "model" string) (param "prompt" string) (param "params" (option $params))
      (result (result $answer (error $error)))))))
  (alias export $llm "inferencing-params" (type $params))
  (alias export $llm "inferencing-result" (type $answer))
  (alias export $llm "error" (type $error))

  (core module $Memory
    (memory (export "memory") 1)
    (global $free (mut i32) (i32.const 1024))  ;; the result lies below
    (func (export "realloc") (param i32 i32) (param $align i32) (param $size i32) (result i32)
      (local $at i32)
      (local.set $at (i32.and
        (i32.add (global.get $free) (i32.sub (local.get $align) (i32.const 1)))
        (i32.sub (i32.const 0) (local.get $align))))
      (global.set $free (i32.add (local.get $at) (local.get $size)))
      (block $roomy
        (loop $grow
          (br_if $roomy (i32.le_u (global.get $free) (i32.mul (memory.size) (i32.const 65536))))
          (br_if $grow (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))
          unreachable))
      (local.get $at)))
  (core instance $memory (instantiate $Memory))

  (core func $infer (canon lower (func $llm "infer")
    (memory (core memory $memory "memory")) (realloc (core func $memory "realloc"))))

  ;; infer: model, prompt, then the option of six parameters; where to put the result, which is handed on as it is
  (core module $Program
    (import "host" "infer" (func $infer (param i32 i32 i32 i32 i32 i32 f32 i32 f32 i32 f32 i32)))
    (func (export "infer") (param i32 i32 i32 i32 i32 i32 f32 i32 f32 i32 f32) (result i32)
      (call $infer (local.get 0) (local.get 1) (local.get 2) (local.get 3) (local.get 4) (local.get 5)
        (local.get 6) (local.get 7) (local.get 8) (local.get 9) (local.get 10) (i32.const 256))
      (i32.const 256)))
  (core instance $program (instantiate $Program (with "host" (instance (export "infer" (func $infer))))))

  (func (export "infer") (param "model" string) (param "prompt" string) (param "params" (option $params))
    (result (result $answer (error $error)))
    (canon lift (core func $program "infer")
      (memory (core memory $memory "memory")) (realloc (core func $memory "realloc")))))
