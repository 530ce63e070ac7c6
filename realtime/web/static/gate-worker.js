// Keeps the page of a staff phone, its style, its script and its decoder, so that a reload without a network works.
// Beside them it keeps nothing: what was scanned is the page's own business, and the API is never answered from here.
const NAME = "hoithi-gate-1";
const PAGE = self.location.pathname.replace(/-worker\.js$/, "");
const FILES = /\/static\/gate[\w.]*\?v=\w+/g;

async function take(response) {
  const text = await response.clone().text();
  const files = [...new Set(text.match(FILES) || [])];
  const decoder = files.filter((file) => file.includes("gate.js")).map((file) => file.replace("gate.js", "gate_decoder.js"));
  const wanted = [...files, ...decoder];
  const cache = await caches.open(NAME);
  for (const file of wanted) if (!(await cache.match(file))) await cache.add(file);
  // Only a page all of whose files are here may take the place of the one before.
  await cache.put(PAGE, response);
  for (const asked of await cache.keys()) {
    const { pathname, search } = new URL(asked.url);
    if (pathname.startsWith("/static/") && !wanted.includes(pathname + search)) await cache.delete(asked);
  }
}

async function page(request) {
  const cache = await caches.open(NAME);
  const before = await cache.match(PAGE);
  const asked = fetch(request).then((response) => {
    if (response.ok) take(response.clone()).catch(() => undefined);
    return response;
  });
  if (!before) return asked;
  const late = new Promise((resolve) => setTimeout(() => resolve(before), 3000));
  return Promise.race([asked.catch(() => before), late]);
}

self.addEventListener("install", (event) => {
  event.waitUntil(fetch(PAGE, { cache: "no-store" }).then(take).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate" && url.pathname === PAGE) event.respondWith(page(request));
  else if (url.pathname.startsWith("/static/gate")) {
    event.respondWith(caches.match(request).then((found) => found || fetch(request)));
  }
});
