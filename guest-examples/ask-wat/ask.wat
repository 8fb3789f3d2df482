;; Asks a language model to continue its first argument, and prints the answer: a whole component, by hand.
;;
;; It has three parts. The imports say, in the component model's types, what the host provides. The core module
;; is the program; it knows nothing but integers, floats and its own memory. Between the two, `canon lower`
;; turns an import into a core function and `canon lift` turns a core function into an export, by the rules of
;; the canonical ABI:
;;
;;   - a string or a list is passed as two i32: where it lies in memory, and how long it is;
;;   - parameters are flattened into at most 16 core values: a record is its fields, one after another; an
;;     option is a discriminant (0 none, 1 some) and then room for its payload, used or not;
;;   - a result that flattens into more than one core value is written to memory instead, at an address that the
;;     caller passes as one more parameter;
;;   - when the host hands over a string or a list, it asks the guest for the room: that is `realloc`;
;;   - a resource is an i32, its handle.

(component
  ;; ---------------------------------------------------------------------------------------------- imports

  ;; An import brings its types along. Inside an instance type, a record, variant or resource is given its name
  ;; by being exported.
  (import "fermyon:spin/llm@2.0.0" (instance $llm
    (type $params-record (record
      (field "max-tokens" u32)
      (field "repeat-penalty" f32)
      (field "repeat-penalty-last-n-token-count" u32)
      (field "temperature" f32)
      (field "top-k" u32)
      (field "top-p" f32)))
    (export "inferencing-params" (type $params (eq $params-record)))
    (type $usage-record (record (field "prompt-token-count" u32) (field "generated-token-count" u32)))
    (export "inferencing-usage" (type $usage (eq $usage-record)))
    (type $result-record (record (field "text" string) (field "usage" $usage)))
    (export "inferencing-result" (type $answer (eq $result-record)))
    (type $error-variant (variant
      (case "model-not-supported")
      (case "runtime-error" string)
      (case "invalid-input" string)))
    (export "error" (type $error (eq $error-variant)))
    (export "infer" (func
      (param "model" string) (param "prompt" string) (param "params" (option $params))
      (result (result $answer (error $error)))))))

  (import "wasi:cli/environment@0.2.0" (instance $environment
    (export "get-arguments" (func (result (list string))))))

  (import "wasi:io/error@0.2.0" (instance $io-error
    (export "error" (type (sub resource)))))
  (alias export $io-error "error" (type $io-error-type))

  (import "wasi:io/streams@0.2.0" (instance $streams
    (export "output-stream" (type $output-stream (sub resource)))
    (alias outer 1 $io-error-type (type $outer-error))
    (export "error" (type $error (eq $outer-error)))
    (type $stream-error-variant (variant (case "last-operation-failed" (own $error)) (case "closed")))
    (export "stream-error" (type $stream-error (eq $stream-error-variant)))
    (export "[method]output-stream.blocking-write-and-flush" (func
      (param "self" (borrow $output-stream)) (param "contents" (list u8))
      (result (result (error $stream-error)))))))
  (alias export $streams "output-stream" (type $output-stream))

  (import "wasi:cli/stdout@0.2.0" (instance $stdout
    (alias outer 1 $output-stream (type $outer-stream))
    (export "output-stream" (type $output-stream (eq $outer-stream)))
    (export "get-stdout" (func (result (own $output-stream))))))

  (import "wasi:cli/stderr@0.2.0" (instance $stderr
    (alias outer 1 $output-stream (type $outer-stream))
    (export "output-stream" (type $output-stream (eq $outer-stream)))
    (export "get-stderr" (func (result (own $output-stream))))))

  ;; ----------------------------------------------------------------------------------------------- memory

  ;; Lowering needs a memory, and the program needs the lowered functions: so the memory is a module of its
  ;; own, made first. Its allocator only ever moves forward, which is enough for a guest that lives for one call.
  (core module $Memory
    (memory (export "memory") 1)
    (global $free (mut i32) (i32.const 1024))  ;; below 1024 lie the program's own words and results

    (func (export "realloc") (param $old i32) (param $old-size i32) (param $align i32) (param $size i32)
                             (result i32)
      (local $at i32)
      ;; round up to the alignment, a power of two
      (local.set $at (i32.and
        (i32.add (global.get $free) (i32.sub (local.get $align) (i32.const 1)))
        (i32.sub (i32.const 0) (local.get $align))))
      (global.set $free (i32.add (local.get $at) (local.get $size)))
      (block $roomy
        (loop $grow
          (br_if $roomy (i32.le_u (global.get $free) (i32.mul (memory.size) (i32.const 65536))))
          (br_if $grow (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))
          unreachable))
      (memory.copy (local.get $at) (local.get $old) (local.get $old-size))
      (local.get $at)))
  (core instance $memory (instantiate $Memory))

  ;; -------------------------------------------------------------------------------- the imports, lowered

  (core func $infer (canon lower (func $llm "infer")
    (memory (core memory $memory "memory")) (realloc (core func $memory "realloc"))))
  (core func $get-arguments (canon lower (func $environment "get-arguments")
    (memory (core memory $memory "memory")) (realloc (core func $memory "realloc"))))
  (core func $get-stdout (canon lower (func $stdout "get-stdout")))
  (core func $get-stderr (canon lower (func $stderr "get-stderr")))
  (core func $write (canon lower (func $streams "[method]output-stream.blocking-write-and-flush")
    (memory (core memory $memory "memory"))))

  ;; ---------------------------------------------------------------------------------------------- program

  (core module $Program
    (import "memory" "memory" (memory 1))
    ;; infer: model, prompt, then the option: its discriminant and the six fields; where to put the result
    (import "host" "infer" (func $infer
      (param i32 i32) (param i32 i32) (param i32 i32 f32 i32 f32 i32 f32) (param i32)))
    (import "host" "get-arguments" (func $get-arguments (param i32)))
    (import "host" "get-stdout" (func $get-stdout (result i32)))
    (import "host" "get-stderr" (func $get-stderr (result i32)))
    (import "host" "write" (func $write (param i32) (param i32 i32) (param i32)))

    (data (i32.const 0) "llama2-chat")                                ;; 11 bytes
    (data (i32.const 16) "\0a")                                       ;; 1 byte
    (data (i32.const 32) "usage: ask PROMPT")                         ;; 17 bytes
    (data (i32.const 64) "the host has no model called llama2-chat")  ;; 40 bytes

    ;; run: func() -> result. A result without payloads is its discriminant alone: 0 ok, 1 err.
    (func (export "run") (result i32)
      (local $argument i32)
      ;; At 128, a list<string>: address and length of an array of (address, length), 8 bytes each.
      ;; The program's name comes first.
      (call $get-arguments (i32.const 128))
      (if (i32.lt_u (i32.load (i32.const 132)) (i32.const 2))
        (then
          (call $print (call $get-stderr) (i32.const 32) (i32.const 17))
          (return (i32.const 1))))
      (local.set $argument (i32.add (i32.load (i32.const 128)) (i32.const 8)))

      (call $infer
        (i32.const 0) (i32.const 11)
        (i32.load (local.get $argument)) (i32.load offset=4 (local.get $argument))
        (i32.const 0)  ;; none: the host's own parameters; the six that follow are not looked at
        (i32.const 0) (f32.const 0) (i32.const 0) (f32.const 0) (i32.const 0) (f32.const 0)
        (i32.const 256))

      ;; At 256, the result: a discriminant in one byte; then, where alignment allows, its payload. For `ok`
      ;; that is the record, field by field: text (address at 260, length at 264) and usage (at 268 and 272).
      (if (i32.eqz (i32.load8_u (i32.const 256)))
        (then
          (call $print (call $get-stdout) (i32.load (i32.const 260)) (i32.load (i32.const 264)))
          (return (i32.const 0))))

      ;; For `err` it is a variant: again a discriminant, at 260, and for all but the first case a string at 264.
      (if (i32.eqz (i32.load8_u (i32.const 260)))
        (then (call $print (call $get-stderr) (i32.const 64) (i32.const 40)))
        (else (call $print (call $get-stderr) (i32.load (i32.const 264)) (i32.load (i32.const 268)))))
      (i32.const 1))

    ;; Write a string and a line feed. A stream takes at most 4096 bytes at a time.
    (func $print (param $stream i32) (param $from i32) (param $length i32)
      (local $part i32)
      (loop $more
        (local.set $part (select (local.get $length) (i32.const 4096)
                                 (i32.lt_u (local.get $length) (i32.const 4096))))
        ;; the outcome goes to 384; whether anybody still listens makes no difference here
        (call $write (local.get $stream) (local.get $from) (local.get $part) (i32.const 384))
        (local.set $from (i32.add (local.get $from) (local.get $part)))
        (local.set $length (i32.sub (local.get $length) (local.get $part)))
        (br_if $more (local.get $length)))
      (call $write (local.get $stream) (i32.const 16) (i32.const 1) (i32.const 384))))

  (core instance $program (instantiate $Program
    (with "memory" (instance $memory))
    (with "host" (instance
      (export "infer" (func $infer))
      (export "get-arguments" (func $get-arguments))
      (export "get-stdout" (func $get-stdout))
      (export "get-stderr" (func $get-stderr))
      (export "write" (func $write))))))

  ;; ----------------------------------------------------------------------------------------------- export

  (func $run (result (result)) (canon lift (core func $program "run")))
  (instance $command (export "run" (func $run)))
  (export "wasi:cli/run@0.2.0" (instance $command)))
