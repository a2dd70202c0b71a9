// Loaded into the suite, which cannot be told a token: puts the one in BELLHOP_TOKEN on every request to the server at
// BELLHOP_URL, by fetch, by undici or by node:http alike.
import { subscribe } from 'node:diagnostics_channel';

const { origin, host } = new URL(process.env.BELLHOP_URL);
const value = `Bearer ${process.env.BELLHOP_TOKEN}`;

subscribe('undici:request:create', ({ request }) => {
  if (request.origin === origin) request.addHeader('authorization', value);
});
subscribe('http.client.request.created', ({ request }) => {
  if (request.getHeader('host') === host) request.setHeader('authorization', value);
});
