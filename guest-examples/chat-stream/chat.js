// Stream a language model's answer: `infer` gives back whole texts, so ask for a few tokens at a time.

import { infer } from "@spinframework/spin-llm";

import page from "./page.html";

const MODEL = "llama2-chat";
const PIECE_TOKENS = 3;
const ANSWER_TOKENS = 240;

addEventListener("fetch", (event) => event.respondWith(handle(event.request)));

async function handle(request) {
  const route = `${request.method} ${new URL(request.url).pathname}`;
  if (route === "GET /") return new Response(page, { headers: { "content-type": "text/html; charset=utf-8" } });
  if (route === "POST /api/chat") return chat((await request.text()).trim());
  return new Response("Open /, or POST a question to /api/chat\n", { status: 404 });
}

function chat(question) {
  if (!question) return new Response("Send a question as the body.\n", { status: 400 });
  const pieces = answer(question);
  let first;
  try {
    first = pieces.next(); // before the status is sent: what fails, mostly fails here
  } catch (failure) {
    return new Response(`${reason(failure)}\n`, { status: 500 });
  }
  return new Response(stream(first, pieces), { headers: { "content-type": "text/plain; charset=utf-8" } });
}

/** A body that asks for a piece when the one before it is on its way: it holds none itself. */
function stream(first, rest) {
  const encoder = new TextEncoder();
  let next = first;
  const source = {
    pull(controller) {
      const { done, value } = next ?? rest.next();
      next = null;
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
  };
  return new ReadableStream(source, { highWaterMark: 0 });
}

/** The pieces of an answer. Each call sends what came so far, which the host still has in its cache. */
function* answer(question) {
  const asked = question.replaceAll(/<\|im_\w+\|>/g, ""); // whose turn it is, only we say
  let prompt = `<|im_start|>user\n${asked}<|im_end|>\n<|im_start|>assistant\n`;
  for (let left = ANSWER_TOKENS; left > 0; left -= PIECE_TOKENS) {
    const { text, ended } = piece(prompt, PIECE_TOKENS);
    if (text) yield text;
    if (ended) return;
    prompt += text;
  }
}

/** The next few tokens' text, and whether the model has said all. One token more where a character is cut. */
function piece(prompt, maxTokens) {
  const { text, usage } = infer(MODEL, prompt, { maxTokens, temperature: 0 });
  const ended = usage.generatedTokenCount < maxTokens;
  const cut = text.endsWith("\uFFFD") && !ended && maxTokens < PIECE_TOKENS + 4;
  return cut ? piece(prompt, maxTokens + 1) : { text, ended };
}

/** What the host says of a call that failed: `{ tag, val }` of the interface's `error`. */
function reason({ payload, message }) {
  return payload?.val ?? payload?.tag ?? message;
}
