#!/bin/sh
# Sees to it that the other engines are there for `make trial`: WebKitGTK and Firefox, installed when we
# may. Where one cannot be had, its tests are skipped and say so.
set -eu

have() {
    command -v "$1" >/dev/null
}

have WebKitWebDriver && have Xvfb && { have firefox-esr || have firefox; } && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    export DEBIAN_FRONTEND=noninteractive
    wanted="webkit2gtk-driver xvfb firefox-esr"
    apt-get install -y -q $wanted || { apt-get update -q && apt-get install -y -q $wanted; }
else
    echo "WebKit och Firefox provas inte: kör apt-get install webkit2gtk-driver xvfb firefox-esr som root" >&2
fi
