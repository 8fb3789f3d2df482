// What every guest here needs of the canonical ABI, without a C library.

#define IMPORT(module, name) __attribute__((import_module(module), import_name(name)))
#define EXPORT(name) __attribute__((export_name(name)))

typedef int handle;
typedef __SIZE_TYPE__ size;
typedef struct { const char *data; size length; } text;
typedef struct { char failed; handle value; } handle_result;

#define TEXT(literal) ((text){literal, sizeof literal - 1})

// `result<inferencing-result, error>` of fermyon:spin/llm
typedef struct {
    char failed;
    union {
        struct { text said; unsigned prompt_tokens, generated_tokens; } ok;
        struct { char kind; text message; } error;
    };
} inferred;

// model, prompt, then the parameters: some, max tokens, repeat penalty, of the last n, temperature, top k, top p
typedef void infer_function(const char *, size, const char *, size, int, int, float, int, float, int, float, inferred *);

static char heap[8 << 20] __attribute__((aligned(8)));
static size used;

EXPORT("cabi_realloc")
void *cabi_realloc(void *old, size old_length, size alignment, size length) {
    used = (used + alignment - 1) & ~(alignment - 1);
    if (length > sizeof heap - used) __builtin_trap();
    char *place = heap + used;
    used += length;
    for (size i = 0; i < old_length && i < length; i++) place[i] = ((char *)old)[i];
    return place;
}

static char written[1 << 16];
static size length;

static void put(text part) {
    for (size i = 0; i < part.length && length < sizeof written; i++) written[length++] = part.data[i];
}

static void put_number(unsigned number) {
    if (number > 9) put_number(number / 10);
    put((text){&"0123456789"[number % 10], 1});
}

static int same(text one, text other) {
    if (one.length != other.length) return 0;
    for (size i = 0; i < one.length; i++)
        if (one.data[i] != other.data[i]) return 0;
    return 1;
}

// The model's answer, and the tokens it took; or what went wrong.
static void put_answer(infer_function *infer, text prompt) {
    inferred answer;
    text model = TEXT("llama2-chat");
    infer(model.data, model.length, prompt.data, prompt.length, 1, 20, 1.0f, 0, 0.0f, 1, 1.0f, &answer);
    if (answer.failed) {
        put(TEXT("error "));
        put_number((unsigned)answer.error.kind);
        if (answer.error.kind) put(answer.error.message);
        return;
    }
    put(answer.ok.said);
    put(TEXT(" ["));
    put_number(answer.ok.prompt_tokens);
    put(TEXT(", "));
    put_number(answer.ok.generated_tokens);
    put(TEXT("]"));
}
