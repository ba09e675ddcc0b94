// What the members' pages do besides htmx: announce what changes by itself, and keep the card at
// hand where there is no network. Without it every page works, and nothing moves by itself.
"use strict";

const announcer = document.getElementById("announce");

document.addEventListener("htmx:after:swap", () => {
  offerCopies();
  const told = document.querySelector("[data-announce]");
  if (!told || !announcer) return;
  announcer.textContent = told.dataset.announce;
  told.removeAttribute("data-announce");
});

// A page that was left is not shown as it was: the balance may have moved since.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

for (const button of document.querySelectorAll("[data-dialog]")) {
  const dialog = document.getElementById(button.dataset.dialog);
  button.type = "button";
  button.addEventListener("click", () => dialog.showModal());
  dialog.querySelector("[data-close]")?.addEventListener("click", () => dialog.close());
}

// Parts of a page that are put in later have such buttons too.
function offerCopies() {
  if (!navigator.clipboard) return;
  for (const button of document.querySelectorAll("button[data-copy]")) button.hidden = false;
}
offerCopies();

document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  announcer.textContent = button.dataset.done;
  button.lastChild.textContent = button.dataset.done;
});

for (const button of document.querySelectorAll("button[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}

if ("serviceWorker" in navigator && document.body.dataset.worker) {
  navigator.serviceWorker.register(document.body.dataset.worker, { scope: "/app/card" });
}
