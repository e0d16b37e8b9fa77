#!/bin/sh
# Sees to it that the tests' browser is there: the system's Chromium, installed when we may. And its
# engine alone, which shows a page for half the work; where it cannot be had the tests take longer.
set -eu

have() {
    command -v "$1" >/dev/null
}

may=false
if [ "$(id -u)" = 0 ] && have apt-get; then
    may=true
    export DEBIAN_FRONTEND=noninteractive
fi

if ! have chromium && ! have chromium-browser && ! have google-chrome; then
    if $may; then
        apt-get install -y -q chromium || { apt-get update -q && apt-get install -y -q chromium; }
    else
        echo "Testerna behöver en webbläsare: kör apt-get install chromium som root" >&2
        exit 1
    fi
fi

if ! have chromium-headless-shell; then
    { $may && apt-get install -y -q chromium-headless-shell; } ||
        echo "Testerna tar längre tid: chromium-headless-shell saknas" >&2
fi
