"""A message comes to a person's browser: handed over by the DevTools protocol, because Chromium's
own push service is out of reach."""

from tests.running import eventually

from .person import Person

ANY = """async () =>
  (await (await navigator.serviceWorker.ready).getNotifications()).length > 0"""


def delivers(person: Person, message: str) -> None:
    """Hand a message to the service worker, as the browser does when it has come, until it is
    shown: what comes while a worker starts or ends is dropped by the tools, and the notice of the
    same tag takes the place of the one before."""
    cdp = person.context.new_cdp_session(person.page)
    registrations: list[str] = []
    cdp.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda told: registrations.extend(
            r["registrationId"] for r in told["registrations"] if not r["isDeleted"]
        ),
    )
    cdp.send("ServiceWorker.enable")
    eventually(lambda: (person.page.wait_for_timeout(50), registrations)[1])  # type: ignore[func-returns-value]

    def shown() -> object:
        cdp.send(
            "ServiceWorker.deliverPushMessage",
            {
                "origin": person.base_url,
                "registrationId": registrations[-1],
                "data": message,
            },
        )
        for _look in range(20):
            person.page.wait_for_timeout(100)
            if there := person.page.evaluate(ANY):
                return there
        return None

    eventually(shown, seconds=40)
    cdp.detach()
