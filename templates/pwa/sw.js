// Service worker, version {{ version }}. It keeps the public pages for when there is no net, sends
// what was written meanwhile, and shows notices. What is somebody's own is never in a cache.
"use strict";
const VERSION = "{{ version }}";
const PAGES = {{ pages|tojson }};
const ASSETS = {{ assets|tojson }};
const FORGETS = {{ forgets|tojson }};
const LEAVES = "{{ leaves }}";
const ICON = "{{ icon }}";
const BADGE = "{{ badge }}";
const NOT_KEPT = {{ not_kept|tojson }};
const DAY = 24 * 3600e3;

importScripts("{{ subscription }}", "{{ check }}");
{% include "pwa/_pages.js" %}

{% include "pwa/_queue.js" %}

{% include "pwa/_push.js" %}

addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== location.origin) return;
  if (request.method === "POST") {
    // What lies in the history has been answered once: nobody has pressed anything anew.
    const isOld = request.isHistoryNavigation || request.cache === "only-if-cached";
    if (url.pathname === "/knacka" && request.mode === "navigate" && !isOld) event.respondWith(knock(event, url));
    else if (FORGETS.includes(url.pathname)) event.waitUntil(forgetAll());
    else if (url.pathname === LEAVES) event.waitUntil(hideAll());
  } else if (request.method === "GET") {
    if (request.mode === "navigate") event.respondWith(visit(event, url));
    else if (url.pathname.startsWith("/static/") || url.pathname === OFFLINE) event.respondWith(file(request));
  }
});
