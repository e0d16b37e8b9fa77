// --- pages and files ---
const PREFIX = "dorr-";
const CACHE = PREFIX + VERSION;
const OFFLINE = "/offline";
const MADE = "/made";
const PATIENCE = 6000;
const ANY = { ignoreVary: true };

// Fetch the copy of a public page that is made to be kept, and keep it under its own address and
// under the one that it says it is. These are the only pages that are ever put in a cache.
async function keep(address) {
  const response = await fetch(`${address}${address.includes("?") ? "&" : "?"}skal=1`, { cache: "no-cache" });
  if (!response.ok || response.redirected) throw new Error(address);
  const cache = await caches.open(CACHE);
  const too = response.headers.get("Content-Location");
  if (too && too !== address) await cache.put(too, response.clone());
  await cache.put(address, response);
}

const keepAll = (addresses) => Promise.allSettled(addresses.map(keep));

// The address under which a page is kept; nothing for a page that never is.
function nameOf(url) {
  const school = url.searchParams.get("skola");
  if (url.pathname === "/knacka" && school) return `/knacka?skola=${encodeURIComponent(school)}`;
  if (url.pathname === "/") return url.searchParams.has("byt") ? undefined : "/";
  return [...PAGES, OFFLINE].includes(url.pathname) || url.pathname.startsWith("/s/") ? url.pathname : undefined;
}

// From this version's pages; from another's while this one has not got it.
async function kept(name) {
  return name && ((await caches.match(name, { ...ANY, cacheName: CACHE })) ?? caches.match(name, ANY));
}

addEventListener("install", (event) => {
  const install = async () => {
    const cache = await caches.open(CACHE);
    await cache.put(MADE, new Response(Date.now()));
    await Promise.all([cache.addAll(ASSETS), keep(OFFLINE)]);
    const open = await clients.matchAll({ type: "window", includeUncontrolled: true });
    const names = open.map((page) => nameOf(new URL(page.url)));
    const pages = await keepAll(PAGES);
    await keepAll(names.filter((name) => name?.startsWith("/knacka?")));
    // No net in the middle of it: a version that is whole goes on until next time.
    const lost = pages.find((page) => page.reason instanceof TypeError);
    if (lost && registration.active) throw lost.reason;
    await skipWaiting();
  };
  event.waitUntil(install());
});

addEventListener("activate", (event) => {
  event.waitUntil(Promise.all([registration.navigationPreload?.enable(), clients.claim()]));
});

// A page that was opened with the version before may still want its files; those before that go. What
// is newer is another version on its way in, perhaps without a date yet: that is never touched.
async function tidy() {
  const made = async (name) => {
    const date = await caches.match(MADE, { cacheName: name });
    return { name, at: date ? Number(await date.text()) : Infinity };
  };
  const names = (await caches.keys()).filter((name) => name.startsWith(PREFIX));
  const all = await Promise.all(names.map(made));
  const now = all.find(({ name }) => name === CACHE)?.at;
  const older = all.filter(({ at }) => at < now).sort((a, b) => b.at - a.at);
  await Promise.all(older.slice(1).map(({ name }) => caches.delete(name)));
}

// Renew what is kept: at once when another school was chosen, otherwise once a day.
async function freshen(name) {
  const known = await kept(name);
  if (!known && name.startsWith("/s/")) return keepAll(["/", "/knacka"]);
  if (!known) return keepAll([name]);
  if (serversTime() - Date.parse(known.headers.get("Date")) > DAY) return keepAll([...new Set([...PAGES, OFFLINE, name])]);
}

// What the browser began to fetch while this worker woke, or else a fetch of our own.
const ask = async (event) =>
  (await Promise.resolve(event.preloadResponse).catch(() => undefined)) ?? fetch(event.request);

// The net first. A public page from the phone when there is no answer, a very slow one, or one that
// says that the service is down.
async function visit(event, url) {
  const name = nameOf(url);
  const mine = await kept(name).catch(() => undefined);
  const asked = ask(event).then(tell).catch(() => undefined);
  event.waitUntil(asked);
  const late = mine && new Promise((done) => setTimeout(done, PATIENCE));
  const response = await (mine ? Promise.race([asked, late]) : asked);
  if (response && response.status < 500) {
    const receipt = url.pathname.startsWith("/mitt/") && seen(url.pathname);
    event.waitUntil(Promise.allSettled([tidy(), receipt, name && response.ok && freshen(name)]));
    return response;
  }
  const explains = response?.status === 500 && response; // our own page; the others are a router's
  return mine ?? (explains || (await kept(OFFLINE)) || response || Response.error());
}

// A file has its content in its name, so whichever version kept it, it is the right one.
async function file(request) {
  return (await caches.match(request, ANY).catch(() => undefined)) ?? fetch(request);
}
