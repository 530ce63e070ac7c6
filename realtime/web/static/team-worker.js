/*
 * Keeps the member's page on the phone: what the network gave last is shown when there is none. Nothing of the API is
 * ever kept here, and no secret passes: it is in the fragment and in headers of calls that this worker leaves alone.
 */
const SHELF = "team-1";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name.startsWith("team-") && name !== SHELF).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

self.addEventListener("fetch", (event) => {
  const address = new URL(event.request.url);
  const ours = address.pathname === "/team" || address.pathname.startsWith("/static/team.") || address.pathname === "/static/gate_decoder.js" || address.pathname === "/static/icon.svg";
  if (event.request.method !== "GET" || address.origin !== location.origin || !ours) return;
  event.respondWith(
    fetch(event.request)
      .then((answer) => {
        if (answer.ok) {
          const copy = answer.clone();
          event.waitUntil(caches.open(SHELF).then((shelf) => shelf.put(event.request, copy)));
        }
        return answer;
      })
      .catch(() =>
        caches
          .match(event.request, { ignoreSearch: true })
          .then((kept) => kept || Response.error()),
      ),
  );
});
