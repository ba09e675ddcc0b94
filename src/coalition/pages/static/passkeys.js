// Passkeys on the pages of this server. A form with data-begin asks that address for a challenge,
// has the browser sign it, and sends the answer with its own fields to data-end. Where a browser
// knows no passkeys the forms stay hidden, and the pages work without them.
"use strict";

const toBytes = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
const toText = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const withBytes = (named) => ({ ...named, id: toBytes(named.id) });

async function ask(address, fields) {
  const answer = await fetch(address, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(fields),
  });
  const said = await answer.json();
  if (!answer.ok && said.next) location.assign(said.next);
  if (!answer.ok) throw new Error(said.message);
  return said;
}

async function signed({ challenge, allowCredentials, excludeCredentials, user, ...options }) {
  const publicKey = { ...options, challenge: toBytes(challenge) };
  if (allowCredentials) publicKey.allowCredentials = allowCredentials.map(withBytes);
  if (excludeCredentials) publicKey.excludeCredentials = excludeCredentials.map(withBytes);
  if (user) publicKey.user = withBytes(user);
  const made = user
    ? await navigator.credentials.create({ publicKey })
    : await navigator.credentials.get({ publicKey });
  const response = { clientDataJSON: toText(made.response.clientDataJSON) };
  for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (made.response[name]) response[name] = toText(made.response[name]);
  }
  if (made.response.getTransports) response.transports = made.response.getTransports();
  return { id: made.id, rawId: toText(made.rawId), type: made.type, response };
}

async function perform(form) {
  const button = form.querySelector("button");
  const told = form.querySelector("[role=alert]");
  button.disabled = true;
  told.hidden = true;
  try {
    const fields = Object.fromEntries(new FormData(form));
    const { publicKey } = await ask(form.dataset.begin, fields);
    const credential = await signed(publicKey);
    location.assign((await ask(form.dataset.end, { ...fields, credential })).next);
  } catch (error) {
    const words = {
      NotAllowedError: form.dataset.stopped,
      InvalidStateError: form.dataset.known,
    };
    told.textContent = words[error.name] ?? error.message;
    told.hidden = false;
    button.disabled = false;
  }
}

if (window.PublicKeyCredential) {
  for (const form of document.querySelectorAll("form[data-begin]")) {
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      perform(form);
    });
  }
}
