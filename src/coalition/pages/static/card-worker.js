// Keeps the page of the card, and what it needs, for where there is no network. No other page is
// kept; signing out clears it (Clear-Site-Data).
"use strict";

const KEPT = "card";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  const isCard = request.mode === "navigate" && address.pathname === "/app/card";
  const isItsOwn = request.referrer.endsWith("/app/card") && /^\/(static|theme|logo)/.test(address.pathname);
  if (request.method !== "GET" || address.origin !== location.origin || !(isCard || isItsOwn)) return;
  event.respondWith(fresh(request, isCard));
});

async function fresh(request, isCard) {
  const kept = await caches.open(KEPT);
  try {
    const answer = await fetch(request);
    if (answer.ok && !answer.redirected) await kept.put(isCard ? "/app/card" : request, answer.clone());
    // Signed out or somebody else now: what was kept is not shown again.
    else if (isCard) await caches.delete(KEPT);
    return answer;
  } catch (error) {
    const found = await kept.match(isCard ? "/app/card" : request);
    if (found) return found;
    throw error;
  }
}
