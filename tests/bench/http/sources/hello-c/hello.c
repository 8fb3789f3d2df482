// The smallest useful HTTP guest: it greets the name in the path. No libc, no allocator but a bump.

#define IMPORT(module, name) __attribute__((import_module(module), import_name(name)))
#define HTTP "wasi:http/types@0.2.12"
#define STREAMS "wasi:io/streams@0.2.12"

typedef int handle;
typedef __SIZE_TYPE__ size;

// What the canonical ABI writes for `option<string>` and for a `result` whose payload is a handle.
typedef struct { char some; const char *data; size length; } optional_string;
typedef struct { char failed; handle value; } handle_result;

IMPORT(HTTP, "[method]incoming-request.path-with-query") void request_path(handle, optional_string *);
IMPORT(HTTP, "[resource-drop]incoming-request") void request_drop(handle);
IMPORT(HTTP, "[constructor]fields") handle fields_new(void);
IMPORT(HTTP, "[method]fields.append")
void fields_append(handle, const char *, size, const char *, size, char *result);
IMPORT(HTTP, "[constructor]outgoing-response") handle response_new(handle headers);
IMPORT(HTTP, "[method]outgoing-response.body") void response_body(handle, handle_result *);
IMPORT(HTTP, "[static]response-outparam.set")
void outparam_set(handle, int failed, handle response, int, long long, int, int, int, int);
IMPORT(HTTP, "[method]outgoing-body.write") void body_write(handle, handle_result *);
IMPORT(HTTP, "[static]outgoing-body.finish") void body_finish(handle, int, handle trailers, void *result);
IMPORT(STREAMS, "[method]output-stream.blocking-write-and-flush")
void stream_write(handle, const char *, size, void *result);
IMPORT(STREAMS, "[resource-drop]output-stream") void stream_drop(handle);

static char heap[32768];
static size used;

__attribute__((export_name("cabi_realloc"))) void *
cabi_realloc(void *old, size old_length, size alignment, size length) {
    (void)old, (void)old_length;
    used = (used + alignment - 1) & ~(alignment - 1);
    if (length > sizeof heap - used) __builtin_trap();
    used += length;
    return heap + used - length;
}

static char text[8192];
static size written;

static void put(const char *data, size length) {
    while (length-- && written < sizeof text - 2) text[written++] = *data++;
}

static void compose(handle request) {
    optional_string path;
    request_path(request, &path);
    const char *name = path.data + path.length, *end = name;
    while (name > path.data && name[-1] != '/') name--;
    put("Hello, ", 7);
    put(name, (size)(end - name));
    put("!\n", 2);
}

__attribute__((export_name("wasi:http/incoming-handler@0.2.12#handle"))) void
handle_request(handle request, handle outparam) {
    long long result[8];  // as long as the longest `error-code`
    handle_result body, stream;
    used = written = 0;  // an instance may be called again
    compose(request);
    request_drop(request);
    handle headers = fields_new();
    fields_append(headers, "content-type", 12, "text/plain; charset=utf-8", 25, (char *)result);
    handle response = response_new(headers);
    response_body(response, &body);
    outparam_set(outparam, 0, response, 0, 0, 0, 0, 0, 0);
    body_write(body.value, &stream);
    stream_write(stream.value, text, written, result);
    stream_drop(stream.value);
    body_finish(body.value, 0, 0, result);
}
