// Spin's JavaScript template: a router that greets.
import { AutoRouter } from 'itty-router';

const router = AutoRouter();
router.get('/hello/:name', ({ name }) => new Response(`Hello, ${name}!\n`));

addEventListener('fetch', (event) => event.respondWith(router.fetch(event.request)));
