// The access token: by authorization code with PKCE (RFC 7636), or pasted. It stays in memory.

const PENDING = "coalition-explorer-sign-in";
// A token is renewed this long before it ends, or a request might arrive after that.
const SPARE_MILLISECONDS = 20_000;

const address = () => `${location.origin}/graphiql`;

const text = (bytes) =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

const random = () => text(crypto.getRandomValues(new Uint8Array(32)));

/** Leave for the consent page; it comes back to this one with a code. */
export async function signIn() {
  const pending = { state: random(), verifier: random() };
  sessionStorage.setItem(PENDING, JSON.stringify(pending));
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(pending.verifier));
  const asked = new URLSearchParams({
    response_type: "code",
    client_id: "explorer",
    redirect_uri: address(),
    state: pending.state,
    code_challenge: text(new Uint8Array(digest)),
    code_challenge_method: "S256",
  });
  location.assign(`/oauth/authorize?${asked}`);
}

/** An access token, and what renews it when it was not pasted. */
export class Grant {
  #token;
  #refresh;
  #renewal;

  constructor(token, refresh) {
    this.#token = token;
    this.#refresh = refresh;
  }

  /** When the token ends, as it says itself; null for one that does not. */
  get end() {
    return endOf(this.#token);
  }

  /** The token, a new one when it is about to end. Throws why there is none. */
  async token() {
    if (this.#refresh && this.end && this.end - Date.now() < SPARE_MILLISECONDS) {
      // A refresh token is used once: whoever asks meanwhile waits for the same renewal.
      this.#renewal ??= asked({ grant_type: "refresh_token", refresh_token: this.#refresh })
        .then((body) => {
          this.#token = body.access_token;
          this.#refresh = body.refresh_token;
        })
        .finally(() => {
          this.#renewal = undefined;
        });
      await this.#renewal;
    }
    return this.#token;
  }
}

async function asked(form) {
  const response = await fetch("/oauth/token", {
    method: "POST",
    body: new URLSearchParams({ ...form, client_id: "explorer" }),
  });
  const body = await response.json();
  if (!response.ok) throw new Error(body.error_description ?? body.error);
  return body;
}

/** The grant for the code in this page's address; null when there is none. Throws what went wrong. */
export async function grantOfAddress(issuer) {
  const answer = new URLSearchParams(location.search);
  const pending = JSON.parse(sessionStorage.getItem(PENDING) ?? "null");
  if (!answer.has("code") && !answer.has("error")) return null;
  // A code is used once, and neither it nor the verifier is left lying about.
  history.replaceState(null, "", "/graphiql");
  sessionStorage.removeItem(PENDING);
  if (!pending || answer.get("state") !== pending.state) {
    throw new Error("That answer belongs to no sign-in of this tab. Get a token again.");
  }
  // RFC 9207: an answer of another server must not be exchanged here.
  if (answer.has("iss") && answer.get("iss") !== issuer) {
    throw new Error(`That answer comes from ${answer.get("iss")}, not from ${issuer}.`);
  }
  if (answer.has("error")) {
    throw new Error(answer.get("error_description") ?? answer.get("error"));
  }
  const { access_token, refresh_token } = await asked({
    grant_type: "authorization_code",
    redirect_uri: address(),
    code: answer.get("code"),
    code_verifier: pending.verifier,
  });
  return new Grant(access_token, refresh_token);
}

function endOf(token) {
  try {
    const claims = JSON.parse(atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/")));
    return new Date(claims.exp * 1000);
  } catch {
    return null;
  }
}
