// Lists, calls, reads and follows with the TypeScript SDK's client: typescript.mjs MODE (stdio PROJECT COMMAND… | http URL).
// MODE is legacy, auto or a version. Prints one line of JSON that says what came back.
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';

const [mode, transport, where, command, ...args] = process.argv.slice(2);
const negotiation = ['legacy', 'auto'].includes(mode) ? { mode } : { mode: { pin: mode } };
const client = new Client({ name: 'typescript', version: '1' }, { versionNegotiation: negotiation });
await client.connect(
  transport === 'http'
    ? new StreamableHTTPClientTransport(new URL(where), {
        requestInit: { headers: { Authorization: `Bearer ${process.env.BELLHOP_TOKEN}` } },
      })
    : new StdioClientTransport({ command, args, cwd: where, env: process.env }),
);

const call = async (name, args) => (await client.callTool({ name, arguments: args })).content[0].text;
const said = {};
said.version = client.getNegotiatedProtocolVersion?.() ?? 'unknown';
said.tools = (await client.listTools()).tools.map((tool) => tool.name);
said.created = await call('task_create', { subject: 'followed' });
said.resources = (await client.listResources()).resources.map((resource) => resource.uri);
said.read = JSON.parse((await client.readResource({ uri: 'bellhop://task/1' })).contents[0].text).subject;
said.prompts = (await client.listPrompts()).prompts.map((prompt) => prompt.name);
said.completed = (
  await client.complete({ ref: { type: 'ref/prompt', name: 'resume' }, argument: { name: 'task', value: '' } })
).completion.values;

const isModern = said.version === '2026-07-28';
if (isModern || client.getServerCapabilities()?.resources?.subscribe) {
  const updated = new Promise((resolve) =>
    client.setNotificationHandler('notifications/resources/updated', (notification) => resolve(notification.params.uri)),
  );
  const subscription = isModern
    ? await client.listen({ resourceSubscriptions: ['bellhop://task/1'] })
    : await client.subscribeResource({ uri: 'bellhop://task/1' });
  await call('task_update', { task_id: 1, status: 'in_progress' });
  said.updated = await updated;
  await subscription.close?.();
}
console.log(JSON.stringify(said));
await client.close();
