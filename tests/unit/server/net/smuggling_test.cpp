#include "server/net/session_pump.h"
#include "tests/support/cut_socket.h"
#include "tests/unit/server/net/test_server.h"

#include <doctest.h>
#include <string>
#include <utility>
#include <vector>

using namespace postrider;
using namespace std::string_literals;

namespace {

/// What may look like an end of message to some server (SMTP smuggling).
const std::vector<std::string> falseEnds{
    "\n.\n"s,       "\n.\r\n"s,       "\r\n.\n"s,     "\r.\r"s,         "\r.\r\n"s,
    "\r\n.\r"s,     "\n.\r"s,         "\r.\n"s,       "\r\n\0.\r\n"s,   "\r\n.\0\r\n"s,
    "\r\n.\r\r\n"s, "\r\r\n.\r\r\n"s, "\r\r\n.\r\n"s, "\n\r\n.\r\n"s,   "\r\n\r.\r\n"s,
    "\r\n.\r\0\n"s, "\0\r\n.\r\n"s,   "\r\n.\n\r\n"s, "\r\n\n.\n\r\n"s, "\n\n.\n\n"s,
};

const auto opening = "EHLO x.test\r\n"s;
const auto recipient = "RCPT TO:<bob@mx.test>\r\n"s;
const auto smuggled = "MAIL FROM:<evil@x.test>\r\n" + recipient + "DATA\r\nevil\r\n.\r\n";

struct Outcome {
    std::string codes;                ///< of all replies, as "220 250 "
    std::vector<std::string> bodies;  ///< of the messages that were accepted
    friend bool operator==(const Outcome&, const Outcome&) = default;
};

std::string codesIn(std::string_view replies) {
    std::string codes;
    for (std::size_t at = 0; at < replies.size(); at = replies.find("\r\n", at) + 2) {
        if (replies[at + 3] == ' ') codes.append(replies.substr(at, 4));
    }
    return codes;
}

/// One session after the other on a server without ports.
class Bench {
public:
    Bench() {
        directory_.add("bob@mx.test");
        options_.session.hostname = "mx.test";
    }

    Outcome play(const std::string& octets, std::size_t cut) {
        test::SharedReception reception;
        const auto services = servicesWith(reception);
        auto socket = test::CutSocket::make({octets.substr(0, cut), octets.substr(cut)});
        net::PocoLineChannel channel(socket);
        const mail::SessionFacts facts{.id = "session0000001",
                                       .client = {IpAddress::v4({192, 0, 2, 1}), 4321},
                                       .listener = mail::ListenerKind::Smtp,
                                       .tls = {},
                                       .ehlo = {},
                                       .user = {}};
        net::ConnectionRegistry::Entry entry(registry_, channel, facts, clock_.now());
        net::SessionPump pump({channel, entry, services, options_, [] {}}, facts);
        pump.run();
        static_cast<void>(channel.flush());
        Outcome outcome{codesIn(socket->told()), {}};
        for (const auto& message : reception.accepted())
            outcome.bodies.push_back(message.body);
        return outcome;
    }

    /// That outcome wherever the client's octets are cut behind `from`.
    void expect(const std::string& octets, std::size_t from, const Outcome& expected) {
        for (std::size_t cut = from; cut <= octets.size(); ++cut) {
            const auto outcome = play(octets, cut);
            if (outcome == expected) continue;
            CAPTURE(octets);
            CAPTURE(cut);
            CHECK(outcome.codes == expected.codes);
            CHECK(outcome.bodies == expected.bodies);
        }
    }

private:
    net::SessionServices servicesWith(smtp::Reception& reception) {
        return {.directory = directory_,
                .authenticator = authenticator_,
                .reception = reception,
                .makeGatekeeper = [] { return std::make_unique<test::OpenGatekeeper>(); },
                .currentTls = [] { return nullptr; },
                .relayTrust = relayTrust_,
                .mailLog = mailLog_,
                .log = log_,
                .clock = clock_,
                .random = random_,
                .spoolFolder = folder_.path()};
    }

    test::TempDir folder_;
    test::RecordingLog log_;
    journal::NullJournal journal_;
    Metrics metrics_;
    SystemClock clock_;
    SystemRandom random_;
    journal::MailLog mailLog_{log_, metrics_, journal_};
    net::RelayTrust relayTrust_{
        {}, {clock_, log_, metrics_, journal_, [](const mail::Domain&) { return false; }}};
    test::FakeDirectory directory_;
    test::FakeAuthenticator authenticator_;
    net::ConnectionRegistry registry_;
    net::ConnectionOptions options_;
};

std::string chunk(const std::string& content) {
    return "BDAT " + std::to_string(content.size()) + " LAST\r\n" + content;
}

}  // namespace

TEST_CASE("no false end of DATA ends a message or begins another, wherever it is cut (S-003)") {
    Bench bench;
    for (const auto& end : falseEnds) {
        const auto begin = opening + "MAIL FROM:<a@x.test>\r\n" + recipient + "DATA\r\n";
        bench.expect(begin + "text" + end + smuggled + ".\r\nQUIT\r\n", begin.size() - 6,
                     {"220 250 250 250 354 521 ", {}});
    }
}

TEST_CASE("a false end in a chunk refuses its message, and only the next one is taken (K-001)") {
    Bench bench;
    for (const auto& end : falseEnds) {
        const auto begin = opening + "MAIL FROM:<a@x.test>\r\n" + recipient;
        const auto honest = "MAIL FROM:<c@x.test>\r\n" + recipient + chunk("honest\r\n");
        bench.expect(begin + chunk("text" + end + smuggled) + honest + "QUIT\r\n", begin.size(),
                     {"220 250 250 250 554 250 250 250 221 ", {"honest\r\n"}});
    }
}

TEST_CASE("a true end of DATA in a chunk, and any false one in a binary body, are just content") {
    Bench bench;
    const auto begin = opening + "MAIL FROM:<a@x.test> BODY=BINARYMIME\r\n" + recipient;
    for (const auto& end : falseEnds) {
        const auto content = "a: b\r\n\r\ntext" + end + smuggled;
        bench.expect(begin + chunk(content) + "QUIT\r\n", begin.size(),
                     {"220 250 250 250 250 221 ", {content}});
    }
    const auto text = "text\r\n.\r\n" + smuggled;
    const auto plain = opening + "MAIL FROM:<a@x.test>\r\n" + recipient;
    bench.expect(plain + chunk(text) + "QUIT\r\n", plain.size(),
                 {"220 250 250 250 250 221 ", {text}});
}
