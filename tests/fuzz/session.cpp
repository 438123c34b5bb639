#include "server/smtp/session.h"

#include "tests/fuzz/fuzz.h"
#include "tests/support/fake_authenticator.h"
#include "tests/support/fake_directory.h"
#include "tests/support/open_gatekeeper.h"
#include "tests/support/recording_reception.h"
#include "tests/support/session_driver.h"

namespace postrider::fuzz {

namespace {

/// A session with everything around it fake: bob@a.example is a user of ours, all else is not.
struct World {
    smtp::SessionOptions options{.hostname = "mx.a.example", .maxMessageSize = 4096};
    test::FakeDirectory directory;
    test::FakeAuthenticator authenticator;
    test::OpenGatekeeper gatekeeper;
    test::RecordingReception reception;

    World() {
        directory.add("bob@a.example");
        authenticator.add("bob@a.example", "secret");
    }
    [[nodiscard]] static mail::SessionFacts facts(std::uint8_t choice) {
        const bool submission = (choice & 1U) != 0;
        return {.id = "fuzz",
                .client = {IpAddress::v4({192, 0, 2, 1}), 4711},
                .listener = submission ? mail::ListenerKind::Submission : mail::ListenerKind::Smtp};
    }
};

/// Nothing may leave for elsewhere without a login, and nothing over the size limit may come in.
void checkAccepted(const World& world) {
    for (const auto& message : world.reception.accepted()) {
        promise(message.content.size() <= world.options.maxMessageSize);
        promise(!message.envelope.recipients.empty());
        if (message.facts.user) continue;
        for (const auto& recipient : message.envelope.recipients) {
            promise(recipient.path.isBarePostmaster() ||
                    recipient.path.mailbox()->domain()->ascii() == "a.example");
        }
    }
}

}  // namespace

}  // namespace postrider::fuzz

/// The first octet chooses the listener, and whether TLS is begun when the client asks for it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace postrider;
    if (size == 0) return 0;
    fuzz::World world;
    test::SessionDriver driver{
        world.options,
        {world.directory, world.authenticator, world.gatekeeper, world.reception},
        fuzz::World::facts(data[0])};
    const auto input = fuzz::textOf(data, size).substr(1);
    const auto half = input.size() / 2;
    driver.receive(input.substr(0, half));
    if (driver.awaitsTls()) driver.handshake();
    driver.receive(input.substr(half));
    fuzz::checkAccepted(world);
    return 0;
}
