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
  return PAGES.includes(url.pathname) || url.pathname.startsWith("/s/") ? url.pathname : undefined;
}

// From this version's pages; from another's while this one has not got it.
async function kept(name) {
  return name && ((await caches.match(name, { ...ANY, cacheName: CACHE })) ?? caches.match(name, ANY));
}

addEventListener("install", (event) => {
  const install = async () => {
    const cache = await caches.open(CACHE);
    await Promise.all([cache.addAll(ASSETS), keep(OFFLINE), cache.put(MADE, new Response(Date.now()))]);
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

// A page that was opened with the version before may still want its files; older ones go. Not
// while a version takes over, which pages wait for, but when one has come.
async function tidy() {
  const names = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== CACHE);
  const made = async (name) => Number(await (await (await caches.open(name)).match(MADE))?.text());
  const times = await Promise.all(names.map(made));
  const newest = Math.max(...times);
  await Promise.all(names.filter((_name, at) => !(times[at] >= newest)).map((name) => caches.delete(name)));
}

// Renew what is kept: at once when another school was chosen, otherwise once a day.
async function freshen(name) {
  const known = await kept(name);
  if (!known && name.startsWith("/s/")) return keepAll(["/", "/knacka"]);
  if (!known) return keepAll([name]);
  if (Date.now() - Date.parse(known.headers.get("Date")) > DAY) return keepAll([...new Set([...PAGES, OFFLINE, name])]);
}

// The net first. A public page from the phone when there is none, or when it is very slow.
async function visit(event, url) {
  const name = nameOf(url);
  const mine = await kept(name).catch(() => undefined);
  const asked = (async () => (await event.preloadResponse) ?? fetch(event.request))();
  event.waitUntil(asked.catch(() => {}));
  try {
    const late = mine && new Promise((done) => setTimeout(done, PATIENCE));
    const response = await (mine ? Promise.race([asked, late]) : asked);
    if (response) {
      event.waitUntil(Promise.allSettled([tidy(), name && response.ok && freshen(name)]));
      return response;
    }
  } catch {
    // no net
  }
  return mine ?? (await kept(OFFLINE)) ?? Response.error();
}

// A file has its content in its name, so whichever version kept it, it is the right one.
async function file(request) {
  return (await caches.match(request, ANY).catch(() => undefined)) ?? fetch(request);
}
