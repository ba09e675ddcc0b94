// openid-client and oauth4webapi, each unmodified, against a live server:
// clients.mjs ISSUER CLIENT SECRET. The code flow's browser is played by the test, which answers
// each address that is printed with the address to which the browser was led back.
import { createInterface } from "node:readline";
import * as oauth from "oauth4webapi";
import * as openid from "openid-client";

const [issuer, clientId, secret] = process.argv.slice(2);
const insecure = { [oauth.allowInsecureRequests]: true };
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const redirectUri = "http://127.0.0.1/callback";
const found = {};

async function browse(address) {
  console.log(`GO ${address}`);
  return new URL((await lines.next()).value);
}

// oauth4webapi: discovery, client credentials, its own check of the access token, revocation.
const server = await oauth.processDiscoveryResponse(
  new URL(issuer),
  await oauth.discoveryRequest(new URL(issuer), { algorithm: "oauth2", ...insecure }),
);
const client = { client_id: clientId };
const byBasic = oauth.ClientSecretBasic(secret);
const token = await oauth.processClientCredentialsResponse(
  server, client,
  await oauth.clientCredentialsGrantRequest(server, client, byBasic, { scope: "points:award" }, insecure),
);
const request = new Request(`${issuer}/graphql`, {
  headers: { authorization: `Bearer ${token.access_token}` },
});
const claims = await oauth.validateJwtAccessToken(server, request, `${issuer}/graphql`, insecure);
found.clientCredentials = claims.client_id;
const told = await oauth.processIntrospectionResponse(
  server, client,
  await oauth.introspectionRequest(server, client, byBasic, token.access_token, insecure),
);
found.introspection = told.active;

// openid-client: discovery, code with PKCE, refresh, revocation; then a device.
const config = await openid.discovery(
  new URL(issuer), "grocer-shop", undefined, openid.None(),
  { algorithm: "oauth2", execute: [openid.allowInsecureRequests] },
);
const verifier = openid.randomPKCECodeVerifier();
const state = openid.randomState();
const address = openid.buildAuthorizationUrl(config, {
  redirect_uri: redirectUri, scope: "member:read", state,
  code_challenge: await openid.calculatePKCECodeChallenge(verifier), code_challenge_method: "S256",
});
const tokens = await openid.authorizationCodeGrant(config, await browse(address), {
  pkceCodeVerifier: verifier, expectedState: state,
});
found.code = tokens.scope;
const renewed = await openid.refreshTokenGrant(config, tokens.refresh_token);
found.refreshed = renewed.refresh_token !== tokens.refresh_token;
await openid.tokenRevocation(config, renewed.refresh_token);
try {
  await openid.refreshTokenGrant(config, renewed.refresh_token);
} catch (error) {
  found.revoked = error.error;
}

const kiosk = await openid.discovery(
  new URL(issuer), "grocer-kiosk", undefined, openid.None(),
  { algorithm: "oauth2", execute: [openid.allowInsecureRequests] },
);
const device = await openid.initiateDeviceAuthorization(kiosk, { scope: "members:read" });
await browse(device.verification_uri_complete);
const onDevice = await openid.pollDeviceAuthorizationGrant(kiosk, { ...device, interval: 1 });
found.device = onDevice.scope;
console.log(JSON.stringify(found));
process.exit(0);
