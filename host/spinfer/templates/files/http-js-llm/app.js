// Answer the question in a request's body, with a language model.

import { infer } from "@spinframework/spin-llm";

const MODEL = "llama2-chat";
const OPTIONS = { maxTokens: 200, temperature: 0 };

addEventListener("fetch", (event) => event.respondWith(handle(event.request)));

async function handle(request) {
  const question = (await request.text()).trim();
  if (!question) return text(400, "Send a question as the body.");
  try {
    return text(200, infer(MODEL, question, OPTIONS).text.trim());
  } catch ({ payload, message }) {
    console.log(`no answer: ${payload?.val ?? payload?.tag ?? message}`);
    return text(500, "The model gave no answer.");
  }
}

function text(status, content) {
  return new Response(`${content}\n`, { status, headers: { "content-type": "text/plain; charset=utf-8" } });
}
