#!/bin/sh
# Sees to it that the other engine is there for `make trial`: WebKitGTK, installed when we may. Where it
# cannot be had, its tests are skipped and say so.
set -eu

command -v WebKitWebDriver >/dev/null && command -v Xvfb >/dev/null && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    export DEBIAN_FRONTEND=noninteractive
    wanted="webkit2gtk-driver xvfb"
    apt-get install -y -q $wanted || { apt-get update -q && apt-get install -y -q $wanted; }
else
    echo "WebKit provas inte: kör apt-get install webkit2gtk-driver xvfb som root" >&2
fi
