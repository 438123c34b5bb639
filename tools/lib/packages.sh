# Debian packages by purpose, and how to have them. Sourced by tools/build, tools/demo, tools/check.

build_packages="g++ cmake ninja-build ccache pkg-config libpoco-dev libssl-dev libsqlite3-dev libidn2-dev
    libunistring-dev libunbound-dev libgsasl-dev libcrypt-dev libargon2-dev libsystemd-dev doctest-dev
    dns-root-data ca-certificates python3"
demo_packages="swaks libnet-ssleay-perl libio-socket-ssl-perl sqlite3 openssl"
check_packages="$demo_packages clang clang-format clang-tidy libclang-rt-14-dev msmtp gsasl curl mutt s-nail dovecot-lmtpd
    dovecot-core postfix haproxy postgresql mariadb-server-core opendkim rspamd unbound nsd ldnsutils procps iproute2 git"

say() { printf '%s\n' "== $*" >&2; }

missing_packages() {
    local name
    for name in "$@"; do
        [ "$(dpkg-query -W -f '${Status}' "$name" 2>/dev/null)" = "install ok installed" ] || echo "$name"
    done
}

# ensure_packages NAME...: installs what is missing. Never removes a package (another mail server, say), never
# starts a service.
ensure_packages() {
    local missing guard=/usr/sbin/policy-rc.d made=
    missing=$(missing_packages "$@" | tr '\n' ' ')
    [ -n "${missing// /}" ] || return 0
    if [ "$(id -u)" != 0 ]; then
        echo "missing packages: $missing" >&2
        echo "install them first:  sudo apt-get install --no-install-recommends $missing" >&2
        return 69
    fi
    say "installing: $missing"
    [ -e "$guard" ] || { printf '#!/bin/sh\nexit 101\n' >"$guard" && chmod 755 "$guard" && made=1; }
    local log status=0
    log=$(mktemp)
    { apt-get update -qq &&
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends --no-remove $missing
    } >"$log" 2>&1 </dev/null || status=$?
    [ -z "$made" ] || rm -f "$guard"
    [ "$status" = 0 ] || tail -n 20 "$log" >&2
    rm -f "$log"
    return "$status"
}
