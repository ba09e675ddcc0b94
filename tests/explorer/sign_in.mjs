// The explorer's sign-in, in a browser of which there is just enough.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { pathToFileURL } from "node:url";

const ISSUER = "https://points.example.com";
const stored = new Map();
const sent = [];
let left = null;
const ending = (seconds) =>
  `e30.${btoa(JSON.stringify({ exp: Math.floor(Date.now() / 1000) + seconds }))}.x`;
globalThis.sessionStorage = {
  getItem: (name) => stored.get(name) ?? null,
  setItem: (name, value) => stored.set(name, value),
  removeItem: (name) => stored.delete(name),
};
globalThis.location = { origin: ISSUER, search: "", assign: (address) => (left = address) };
globalThis.history = { replaceState: () => (location.search = "") };
globalThis.fetch = async (address, request) => {
  sent.push([address, Object.fromEntries(request.body)]);
  const body = { access_token: ending(sent.length === 1 ? 0 : 600), refresh_token: "r-2" };
  return { ok: true, json: async () => body };
};

const { Grant, grantOfAddress, signIn } = await import(pathToFileURL(process.argv[2]));

async function left_for() {
  await signIn();
  return { asked: new URLSearchParams(left.split("?")[1]), ...JSON.parse([...stored.values()][0]) };
}

function comes_back(answer) {
  location.search = `?${new URLSearchParams(answer)}`;
  return grantOfAddress(ISSUER);
}

const first = await left_for();
assert.equal(left.split("?")[0], "/oauth/authorize");
assert.equal(first.asked.get("response_type"), "code");
assert.equal(first.asked.get("client_id"), "explorer");
assert.equal(first.asked.get("redirect_uri"), `${ISSUER}/graphiql`);
assert.equal(first.asked.get("code_challenge_method"), "S256");
const challenge = createHash("sha256").update(first.verifier).digest("base64url");
assert.equal(first.asked.get("code_challenge"), challenge);
assert.match(first.verifier, /^[\w-]{43}$/);
assert.notEqual(first.state, (await left_for()).state);
console.log("leaves with a challenge of its verifier");

await left_for();
await assert.rejects(comes_back({ code: "c", state: "another's" }), /no sign-in of this tab/);
await assert.rejects(comes_back({ code: "c", state: "nobody's" }), /no sign-in of this tab/);
console.log("takes no answer that it did not ask for");

const mixed = await left_for();
await assert.rejects(
  comes_back({ code: "c", state: mixed.state, iss: "https://evil.example.com" }),
  /not from https:\/\/points/,
);
console.log("takes no answer of another server");

const refused = await left_for();
await assert.rejects(
  comes_back({ error: "access_denied", state: refused.state, iss: ISSUER }),
  /access_denied/,
);
console.log("tells why it was refused");

assert.deepEqual(sent, []);
assert.equal(await grantOfAddress(ISSUER), null);
const good = await left_for();
const grant = await comes_back({ code: "c-1", state: good.state, iss: ISSUER });
assert.deepEqual(sent.pop(), [
  "/oauth/token",
  {
    grant_type: "authorization_code",
    client_id: "explorer",
    redirect_uri: `${ISSUER}/graphiql`,
    code: "c-1",
    code_verifier: good.verifier,
  },
]);
console.log("exchanges the code once, with its verifier");

assert.equal(location.search, "");
assert.equal(stored.size, 0);
console.log("leaves nothing behind");

sent.push("the first token has ended");
const [one, other] = await Promise.all([grant.token(), grant.token()]);
assert.equal(one, other);
assert.equal(await grant.token(), one);
assert.deepEqual(sent.slice(1), [
  ["/oauth/token", { grant_type: "refresh_token", refresh_token: "r-2", client_id: "explorer" }],
]);
assert.ok(grant.end > Date.now());
assert.equal(await new Grant("opaque").token(), "opaque");
console.log("renews a token once, however many ask");
