#include "common/net/peer_address.h"

#include <doctest/doctest.h>
#include <string>

using namespace postrider;

TEST_CASE("addresses of servers in all their forms, and what is none") {
    for (const std::string text : {"/run/dovecot/lmtp", "127.0.0.1:24", "[::1]:24", "localhost:24",
                                   "lmtp.example.org:65535"}) {
        CAPTURE(text);
        CHECK(net::PeerAddress::parse(text));
    }
    for (const std::string text :
         {"", "lmtp", "127.0.0.1", "host:0", "host:65536", "host:x", ":24", "a b:24", "/run/\nx"}) {
        CAPTURE(text);
        CHECK_FALSE(net::PeerAddress::parse(text));
    }
}
