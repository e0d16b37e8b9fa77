// --- notices ---
// The same JSON as Safari reads by itself (Declarative Web Push); here for the others.
addEventListener("push", (event) => {
  const told = event.data?.json() ?? {};
  const notice = told.notification;
  if (!notice) return;
  const count = Number(told.app_badge ?? notice.app_badge);
  const shown = registration.showNotification(notice.title, {
    body: notice.body,
    lang: notice.lang,
    tag: notice.tag,
    renotify: Boolean(notice.tag), // a second answer is heard too
    icon: ICON,
    badge: BADGE,
    data: { url: notice.navigate },
  });
  const marked = count >= 0 && navigator.setAppBadge?.(count).catch(() => {});
  event.waitUntil(Promise.all([shown, marked]));
});

// To the page of the notice: in a window that shows it, or one where nothing can be written, if
// there is such a one.
const NOTHING_TO_WRITE = /^\/(s\/[^/]+|mitt|hjalp-nu|sa-funkar-det|personal\/inkorg|samordnare\/)?$/;
addEventListener("notificationclick", (event) => {
  event.notification.close();
  const told = new URL(event.notification.data?.url ?? "/", location.origin);
  const address = told.origin === location.origin ? told.href : "/";
  const go = async () => {
    const open = await clients.matchAll({ type: "window", includeUncontrolled: true });
    const same = open.find((page) => page.url === address);
    if (same) return same.focus();
    const any = open.find((page) => "navigate" in page && NOTHING_TO_WRITE.test(new URL(page.url).pathname));
    if (!any) return clients.openWindow(address);
    const page = await any.navigate(address).catch(() => null);
    return page ? page.focus() : clients.openWindow(address);
  };
  event.waitUntil(go());
});

// Does the subscription still hold? Asked by a page when it opens, and by the browser when it has
// taken one away. Whoever is not signed in as staff is told nothing, and nothing is done.
const HOUR = 3600e3;
let checked = 0;
async function checkReminders() {
  if (Notification.permission !== "granted" || !registration.pushManager) return;
  if (Date.now() - checked < HOUR) return;
  checked = Date.now();
  await reminders.check(registration.pushManager);
}

addEventListener("pushsubscriptionchange", (event) => {
  checked = 0;
  event.waitUntil(checkReminders());
});
