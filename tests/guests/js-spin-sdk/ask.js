// A guest of @fermyon/spin-sdk 2: its router, its response builder, its models, and fetch.
import { Llm, ResponseBuilder, Router } from '@fermyon/spin-sdk';

const GREEDY = { maxTokens: 20, temperature: 0.01, topK: 1 };
const router = Router();

router.get('/hello/:name', ({ params }, request, response) => {
  response.set('x-asked', request.headers.get('x-ask') ?? '').status(201).send(`Hello, ${params.name}!`);
});

router.post('/infer', async (_, request, response) => {
  const { text, usage } = Llm.infer('llama2-chat', await request.text(), GREEDY);
  response.set('content-type', 'application/json').send(JSON.stringify({ text, usage }));
});

router.post('/embed', async (_, request, response) => {
  const { embeddings, usage } = Llm.generateEmbeddings('all-minilm-l6-v2', (await request.text()).split('\n'));
  response.send(JSON.stringify({ lengths: embeddings.map(vector => vector.length), usage }));
});

router.post('/count', async (_, request, response) => {
  const last = Number(await request.text());
  for (let number = 1; number <= last; number++) response.write(`${number}\n`);
  response.end();
});

router.get('/chain', async (_, request, response) => {
  const answer = await fetch(request.headers.get('x-url'));
  response.status(answer.status).send(await answer.text());
});

router.all('*', (_, __, response) => response.status(404).send('nobody'));

addEventListener('fetch', event => {
  event.respondWith(new Promise(resolve => router.handleRequest(event.request, new ResponseBuilder(resolve))));
});
