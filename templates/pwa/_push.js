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
    icon: ICON,
    badge: BADGE,
    data: { url: notice.navigate },
  });
  const marked = count >= 0 && navigator.setAppBadge?.(count).catch(() => {});
  event.waitUntil(Promise.all([shown, marked]));
});

// To the page of the notice, in a window that is open already if there is one.
addEventListener("notificationclick", (event) => {
  event.notification.close();
  const told = new URL(event.notification.data?.url ?? "/", location.origin);
  const address = told.origin === location.origin ? told.href : "/";
  const go = async () => {
    const open = await clients.matchAll({ type: "window", includeUncontrolled: true });
    const same = open.find((page) => page.url === address);
    if (same) return same.focus();
    const any = open.find((page) => "navigate" in page);
    if (!any) return clients.openWindow(address);
    const page = await any.navigate(address).catch(() => null);
    return page ? page.focus() : clients.openWindow(address);
  };
  event.waitUntil(go());
});
