#pragma once

#include "common/plugin/host.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_random.h"
#include "tests/support/fake_resolver.h"
#include "tests/support/recording_log.h"
#include "tests/support/recording_notices.h"
#include "tests/support/temp_dir.h"

#include <string>

namespace postrider::test {

/// TLS that always fails in the handshake.
class BrokenTls final : public net::TlsClient {
public:
    Result<net::ClientTlsResult, std::string> startTls(net::LineChannel& /*channel*/,
                                                       const std::string& /*peerName*/,
                                                       Deadline /*deadline*/) override {
        return Unexpected{std::string{"broken by the test"}};
    }
};

/// What a plugin is lent, all of it fake.
struct FakeHost {
    TempDir folder;  ///< configuration and data
    RecordingLog log;
    FakeClock clock;
    FakeRandom random;
    Metrics metrics;
    FakeResolver resolver;
    BrokenTls tls;
    RecordingNotices notices;

    [[nodiscard]] plugin::Host host(const std::string& hostname = "mx.example.org") {
        return {hostname, folder.path(), folder.path(), log, clock,
                random,   metrics,       resolver,      tls, notices};
    }
};

}  // namespace postrider::test
