// A guest of wasi:http in C: it asks the model what the body asks. At /inject it tries to smuggle a header in.
#include "canonical.h"

#define HTTP "wasi:http/types@0.2.3"
#define STREAMS "wasi:io/streams@0.2.3"

typedef struct { char some; text value; } optional_text;
typedef struct {
    char failed;
    union {
        text ok;
        struct { char closed; handle error; } error;
    };
} bytes_result;

IMPORT("fermyon:spin/llm@2.0.0", "infer") infer_function infer;
IMPORT(HTTP, "[method]incoming-request.path-with-query") void request_path(handle, optional_text *);
IMPORT(HTTP, "[method]incoming-request.consume") void request_consume(handle, handle_result *);
IMPORT(HTTP, "[method]incoming-body.stream") void body_stream(handle, handle_result *);
IMPORT(HTTP, "[constructor]fields") handle fields_new(void);
IMPORT(HTTP, "[method]fields.append")
void fields_append(handle, const char *, size, const char *, size, char *result);
IMPORT(HTTP, "[constructor]outgoing-response") handle response_new(handle headers);
IMPORT(HTTP, "[method]outgoing-response.body") void response_body(handle, handle_result *);
IMPORT(HTTP, "[static]response-outparam.set")
void outparam_set(handle, int failed, handle response, int, long long, int, int, int, int);
IMPORT(HTTP, "[method]outgoing-body.write") void body_write(handle, handle_result *);
IMPORT(HTTP, "[static]outgoing-body.finish") void body_finish(handle, int, handle trailers, void *result);
IMPORT(STREAMS, "[method]input-stream.blocking-read") void stream_read(handle, long long, bytes_result *);
IMPORT(STREAMS, "[method]output-stream.blocking-write-and-flush")
void stream_write(handle, const char *, size, void *result);
IMPORT(STREAMS, "[resource-drop]output-stream") void stream_drop(handle);

static text content(handle request) {
    handle_result body, stream;
    bytes_result piece;
    text all = {heap + used, 0};
    request_consume(request, &body);
    body_stream(body.value, &stream);
    for (;;) {
        stream_read(stream.value, 65536, &piece);
        if (piece.failed) return all;
        for (size i = 0; i < piece.ok.length; i++) ((char *)all.data)[all.length + i] = piece.ok.data[i];
        all.length += piece.ok.length;
    }
}

// What the host says of a header whose value holds another: 0 is invalid syntax, 9 would be no objection.
static void inject(handle headers) {
    char result[2];
    text name = TEXT("x-one"), value = TEXT("1\r\nx-two: 2");
    fields_append(headers, name.data, name.length, value.data, value.length, result);
    put_number(result[0] ? (unsigned)result[1] : 9);
}

EXPORT("wasi:http/incoming-handler@0.2.3#handle")
void handle_request(handle request, handle outparam) {
    long long result[8];  // as long as the longest `error-code`
    handle_result body, stream;
    optional_text path;
    handle headers = fields_new();
    request_path(request, &path);
    if (same(path.value, TEXT("/inject"))) inject(headers);
    else put_answer(infer, content(request));
    handle response = response_new(headers);
    response_body(response, &body);
    outparam_set(outparam, 0, response, 0, 0, 0, 0, 0, 0);
    body_write(body.value, &stream);
    stream_write(stream.value, written, length, result);
    stream_drop(stream.value);
    body_finish(body.value, 0, 0, result);
}
