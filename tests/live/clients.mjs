// Listens with graphql-ws and graphql-sse: clients.mjs URL TOKEN CURSOR NUMBER. Prints a line of
// JSON for each event; ends after NUMBER of them each, or with what refuses a wrong token.
import { createClient as overStream } from "graphql-sse";
import { createClient as overSocket } from "graphql-ws";
import WebSocket from "ws";

const [url, token, after, number] = process.argv.slice(2);
const query = `subscription ($after: String) { awardRecorded(after: $after) {
  cursor award { purchaseReference } } }`;
const clients = (bearer) => ({
  "graphql-ws": overSocket({
    url: url.replace("http", "ws"),
    webSocketImpl: WebSocket,
    connectionParams: { Authorization: `Bearer ${bearer}` },
    retryAttempts: 0,
  }),
  "graphql-sse": overStream({
    url,
    headers: { Authorization: `Bearer ${bearer}` },
    retryAttempts: 0,
  }),
});

const print = (line) => console.log(JSON.stringify(line));

async function listen(name, client) {
  let heard = 0;
  for await (const { data, errors } of client.iterate({ query, variables: { after } })) {
    print({ client: name, told: data?.awardRecorded.award.purchaseReference, errors });
    if (++heard === Number(number)) break;
  }
  client.dispose();
}

async function beRefused(name, client) {
  try {
    for await (const told of client.iterate({ query })) print({ client: name, told });
  } catch (error) {
    print({ client: name, refused: error.code ?? error.response?.status });
  }
}

await Promise.all(Object.entries(clients("wrong")).map(([name, one]) => beRefused(name, one)));
await Promise.all(Object.entries(clients(token)).map(([name, one]) => listen(name, one)));
