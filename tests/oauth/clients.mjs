// openid-client and oauth4webapi, each unmodified and each through every flow, against a live
// server: clients.mjs ISSUER CLIENT SECRET MACHINE KEY, where KEY is the machine's private JWK.
// The code flow's browser is played by the test, which answers each address that is printed with
// the address to which the browser was led back.
import { createInterface } from "node:readline";
import * as oauth from "oauth4webapi";
import * as openid from "openid-client";

const [issuer, clientId, secret, machineId, jwk] = process.argv.slice(2);
const insecure = { [oauth.allowInsecureRequests]: true };
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const redirectUri = "http://127.0.0.1/callback";
const api = `${issuer}/graphql`;
const curve = { name: "ECDSA", namedCurve: "P-256" };
const key = await crypto.subtle.importKey("jwk", JSON.parse(jwk), curve, false, ["sign"]);
const found = {};

async function browse(address) {
  console.log(`GO ${address}`);
  return new URL((await lines.next()).value);
}

async function byOauth4webapi() {
  const about = await oauth.processResourceDiscoveryResponse(
    new URL(api), await oauth.resourceDiscoveryRequest(new URL(api), insecure),
  );
  const server = await oauth.processDiscoveryResponse(
    new URL(about.authorization_servers[0]),
    await oauth.discoveryRequest(new URL(issuer), { algorithm: "oauth2", ...insecure }),
  );
  const checked = (token) =>
    oauth.validateJwtAccessToken(
      server, new Request(api, { headers: { authorization: `Bearer ${token}` } }), api, insecure,
    );

  const client = { client_id: clientId };
  const byBasic = oauth.ClientSecretBasic(secret);
  const token = await oauth.processClientCredentialsResponse(
    server, client,
    await oauth.clientCredentialsGrantRequest(
      server, client, byBasic, { scope: "points:award", resource: api }, insecure,
    ),
  );
  const told = await oauth.processIntrospectionResponse(
    server, client,
    await oauth.introspectionRequest(server, client, byBasic, token.access_token, insecure),
  );
  await oauth.processRevocationResponse(
    await oauth.revocationRequest(server, client, byBasic, token.access_token, insecure),
  );

  const machine = { client_id: machineId };
  const byKey = oauth.PrivateKeyJwt(key);
  const signed = await oauth.processClientCredentialsResponse(
    server, machine,
    await oauth.clientCredentialsGrantRequest(server, machine, byKey, {}, insecure),
  );

  const shop = { client_id: "grocer-shop" };
  const verifier = oauth.generateRandomCodeVerifier();
  const state = oauth.generateRandomState();
  const address = new URL(server.authorization_endpoint);
  address.search = new URLSearchParams({
    client_id: shop.client_id, response_type: "code", redirect_uri: redirectUri, state,
    scope: "member:read member:redeem", code_challenge_method: "S256",
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier), resource: api,
  });
  const back = oauth.validateAuthResponse(server, shop, await browse(address.href), state);
  const tokens = await oauth.processAuthorizationCodeResponse(
    server, shop,
    await oauth.authorizationCodeGrantRequest(
      server, shop, oauth.None(), back, redirectUri, verifier, insecure,
    ),
  );
  const renewed = await oauth.processRefreshTokenResponse(
    server, shop,
    await oauth.refreshTokenGrantRequest(
      server, shop, oauth.None(), tokens.refresh_token, insecure,
    ),
  );

  const kiosk = { client_id: "grocer-kiosk" };
  const device = await oauth.processDeviceAuthorizationResponse(
    server, kiosk,
    await oauth.deviceAuthorizationRequest(server, kiosk, oauth.None(), {}, insecure),
  );
  await browse(device.verification_uri_complete);
  const onDevice = await oauth.processDeviceCodeResponse(
    server, kiosk,
    await oauth.deviceCodeGrantRequest(server, kiosk, oauth.None(), device.device_code, insecure),
  );

  return {
    byBasic: (await checked(token.access_token)).client_id,
    byKey: (await checked(signed.access_token)).client_id,
    introspection: told.active,
    code: (await checked(tokens.access_token)).scope,
    refreshed: (await checked(renewed.access_token)).scope,
    device: (await checked(onDevice.access_token)).scope,
  };
}

async function byOpenidClient() {
  const discover = (name, authentication) =>
    openid.discovery(new URL(issuer), name, undefined, authentication, {
      algorithm: "oauth2", execute: [openid.allowInsecureRequests],
    });
  const till = await discover(clientId, openid.ClientSecretBasic(secret));
  const byBasic = await openid.clientCredentialsGrant(till, { scope: "points:award" });
  const byPost = await openid.clientCredentialsGrant(
    await discover(clientId, openid.ClientSecretPost(secret)), { scope: "points:redeem" },
  );
  const byKey = await openid.clientCredentialsGrant(
    await discover(machineId, openid.PrivateKeyJwt(key)),
  );
  const told = await openid.tokenIntrospection(till, byBasic.access_token);

  const shop = await discover("grocer-shop", openid.None());
  const verifier = openid.randomPKCECodeVerifier();
  const state = openid.randomState();
  const address = openid.buildAuthorizationUrl(shop, {
    redirect_uri: redirectUri, scope: "member:read", state,
    code_challenge: await openid.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
  });
  const tokens = await openid.authorizationCodeGrant(shop, await browse(address), {
    pkceCodeVerifier: verifier, expectedState: state,
  });
  const renewed = await openid.refreshTokenGrant(shop, tokens.refresh_token);
  await openid.tokenRevocation(shop, renewed.refresh_token);
  const revoked = await openid
    .refreshTokenGrant(shop, renewed.refresh_token)
    .catch((error) => error.error);

  const kiosk = await discover("grocer-kiosk", openid.None());
  const device = await openid.initiateDeviceAuthorization(kiosk, { scope: "members:read" });
  await browse(device.verification_uri_complete);
  const onDevice = await openid.pollDeviceAuthorizationGrant(kiosk, { ...device, interval: 1 });

  return {
    byBasic: byBasic.scope, byPost: byPost.scope, byKey: byKey.scope, introspection: told.active,
    code: tokens.scope, refreshed: renewed.refresh_token !== tokens.refresh_token, revoked,
    device: onDevice.scope,
  };
}

found.oauth4webapi = await byOauth4webapi();
found.openidClient = await byOpenidClient();
console.log(JSON.stringify(found));
process.exit(0);
