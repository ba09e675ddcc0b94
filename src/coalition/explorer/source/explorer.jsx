// GraphiQL with a token. Nothing is fetched from another host, and nothing is kept.

import { setNonce } from "get-nonce";
import { GraphiQL } from "graphiql";
import "graphiql/graphiql.css";
import { useCallback, useEffect, useState } from "react";
import { createRoot } from "react-dom/client";
import "./explorer.css";
import { Grant, grantOfAddress, signIn } from "./token.js";

const root = document.getElementById("explorer");
const { issuer } = root.dataset;
// Styles that dialogs put into the page are allowed by the nonce of the page's policy.
setNonce(document.querySelector("link[rel=stylesheet]").nonce);

// Documents and variables name cards and people: they go when the page goes.
const kept = new Map();
const storage = {
  getItem: (name) => kept.get(name) ?? null,
  setItem: (name, value) => kept.set(name, value),
  removeItem: (name) => kept.delete(name),
  clear: () => kept.clear(),
  get length() {
    return kept.size;
  },
};

const WHO = "{ viewer { kind scopes partner { code } } }";

async function ask(grant, params) {
  const token = await grant.token();
  const response = await fetch("/graphql", {
    method: "POST",
    headers: {
      Authorization: `Bearer ${token}`,
      "Content-Type": "application/json",
      Accept: "application/graphql-response+json, application/json",
    },
    body: JSON.stringify(params),
  });
  return response.json();
}

function tabsFor(viewer, examples) {
  const mine = examples.filter(
    (one) =>
      one.kind === viewer.kind && one.scopes.every((scope) => viewer.scopes.includes(scope)),
  );
  return mine.map(({ query, variables }) => ({ query, variables }));
}

function Bar({ viewer, grant, problem, onToken }) {
  const [pasted, setPasted] = useState("");
  return (
    <form
      className="bar"
      onSubmit={(event) => {
        event.preventDefault();
        onToken(pasted.trim());
        setPasted("");
      }}
    >
      <strong>Coalition</strong>
      <button type="button" onClick={() => signIn()}>
        {grant ? "Get a new token" : "Get a token"}
      </button>
      <label>
        or paste one
        <input
          type="password"
          autoComplete="off"
          spellCheck="false"
          value={pasted}
          onChange={(event) => setPasted(event.target.value)}
        />
      </label>
      <button type="submit" disabled={!pasted.trim()}>
        Use it
      </button>
      <span role="status">
        {problem ??
          (viewer &&
            `${viewer.kind}${viewer.partner ? ` ${viewer.partner.code}` : ""}: ${viewer.scopes.join(", ")}`)}
      </span>
    </form>
  );
}

const whoOf = ({ kind, partner }) => `${kind} ${partner?.code ?? ""}`;

function Explorer() {
  const [{ grant, viewer, tabs, problem }, setState] = useState({});

  const use = useCallback(async (grant) => {
    try {
      const [answer, examples] = await Promise.all([
        ask(grant, { query: WHO }),
        fetch("/graphiql/examples.json").then((response) => response.json()),
      ]);
      if (answer.errors) throw new Error(answer.errors[0].message);
      const { viewer } = answer.data;
      setState((before) => {
        // Another token of the same one goes on where the last one was.
        const isAnother = !before.viewer || whoOf(before.viewer) !== whoOf(viewer);
        if (isAnother) kept.clear();
        return { grant, viewer, tabs: isAnother ? tabsFor(viewer, examples) : before.tabs };
      });
    } catch (error) {
      setState((before) => ({ ...before, problem: error.message }));
    }
  }, []);

  useEffect(() => {
    grantOfAddress(issuer)
      .then((grant) => grant && use(grant))
      .catch((error) => setState({ problem: error.message }));
  }, [use]);

  const fetcher = useCallback((params) => ask(grant, params), [grant]);

  return (
    <>
      <Bar
        viewer={viewer}
        grant={grant}
        problem={problem}
        onToken={(token) => use(new Grant(token))}
      />
      {grant ? (
        <GraphiQL
          key={whoOf(viewer)}
          fetcher={fetcher}
          storage={storage}
          defaultTabs={tabs.length ? tabs : undefined}
          defaultEditorToolsVisibility="variables"
          isHeadersEditorEnabled={false}
          showPersistHeadersSettings={false}
        />
      ) : (
        <p className="hint">
          Every request needs an access token, the list of types too. Get one for yourself, or paste
          one of a client of yours; it stays in this tab and goes when the page is closed.
        </p>
      )}
    </>
  );
}

createRoot(root).render(<Explorer />);
