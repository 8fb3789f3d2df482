// A guest of the days before wasi:http: whole requests in, whole responses out. It asks the model what the body
// asks; or, where the body is an address, whoever answers there.
#include "canonical.h"

typedef struct { text name, value; } header;
typedef struct {
    unsigned short status;
    struct { char some; header *values; size count; } headers;
    struct { char some; text value; } body;
} response;
typedef struct {
    char failed;
    union {
        response ok;
        char error;
    };
} sent;

IMPORT("fermyon:spin/llm", "infer") infer_function infer;
IMPORT("fermyon:spin/http", "send-request")
void send_request(int method, const char *, size, header *, size, void *, size, int, const char *, size, sent *);

static header ours[2];
static response answer;

static void ask(text url) {
    sent outcome;
    header asking = {TEXT("x-from"), TEXT("legacy")};
    send_request(0, url.data, url.length, &asking, 1, 0, 0, 0, 0, 0, &outcome);
    if (outcome.failed) {
        answer.status = 502;
        put(TEXT("error "));
        put_number((unsigned)outcome.error);
        return;
    }
    answer.status = outcome.ok.status;
    put(outcome.ok.body.value);
}

EXPORT("fermyon:spin/inbound-http#handle-request")
response *handle_request(int method, const char *uri, size uri_length, header *headers, size count, void *params,
                         size params_count, int has_body, const char *body, size body_length) {
    (void)params, (void)params_count, (void)has_body;
    text content = {body, body_length};
    answer.status = 200;
    ours[0] = (header){TEXT("x-uri"), {uri, uri_length}};
    ours[1] = (header){TEXT("x-asked"), TEXT("")};
    for (size i = 0; i < count; i++)
        if (same(headers[i].name, TEXT("x-ask"))) ours[1].value = headers[i].value;
    if (content.length > 7 && same((text){body, 7}, TEXT("http://"))) ask(content);
    else if (method == 0) put(TEXT("got"));
    else put_answer(infer, content);
    answer.headers.some = answer.body.some = 1;
    answer.headers.values = ours;
    answer.headers.count = 2;
    answer.body.value = (text){written, length};
    return &answer;
}
