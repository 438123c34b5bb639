// A load of SMTP sessions, one message each, that measures connect-to-goodbye for every one.
//   postrider-load IP PORT SESSIONS MESSAGES OCTETS RECIPIENT
// Prints what runBurst prints; exit 1 if any message was not accepted.

#include "tests/bench/burst.h"
#include "tests/bench/client.h"

#include <cstdlib>
#include <string>

namespace {

using postrider::bench::Client;

std::string makeContent(std::size_t octets) {
    std::string content = "From: s@elsewhere.example\r\nSubject: load\r\n\r\n";
    while (content.size() + 3 < octets) {
        content.append(std::min<std::size_t>(72, octets - content.size()), 'x');
        content += "\r\n";
    }
    return content + ".\r\n";
}

void sendOne(const sockaddr_in& server, const std::string& recipient, const std::string& content) {
    Client client{server};
    client.expect('2');
    client.say("EHLO client.example\r\n");
    client.expect('2');
    client.say("MAIL FROM:<s@elsewhere.example>\r\n");
    client.expect('2');
    client.say("RCPT TO:<" + recipient + ">\r\n");
    client.expect('2');
    client.say("DATA\r\n");
    client.expect('3');
    client.say(content);
    client.expect('2');
    client.say("QUIT\r\n");
    client.expect('2');
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 7) {
        std::fprintf(stderr, "usage: %s IP PORT SESSIONS MESSAGES OCTETS RECIPIENT\n", argv[0]);
        return 64;
    }
    const auto server = postrider::bench::serverAt(argv[1], argv[2]);
    const std::string content = makeContent(std::strtoul(argv[5], nullptr, 10));
    const std::string recipient = argv[6];
    return postrider::bench::runBurst(std::strtoul(argv[3], nullptr, 10), std::atoi(argv[4]),
                                      [&] { sendOne(server, recipient, content); });
}
