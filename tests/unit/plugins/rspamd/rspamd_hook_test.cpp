#include "plugins/hooks/rspamd/rspamd_hook.h"

#include "tests/support/addresses.h"
#include "tests/support/fake_host.h"
#include "tests/support/loopback_listener.h"

#include <doctest/doctest.h>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

using namespace postrider;

namespace {

/// An HTTP server for one request, that says what it is told to, byte for byte.
class ScriptedHttp {
public:
    explicit ScriptedHttp(std::string answer)
        : answer_(std::move(answer)), thread_([this] { serve(); }) {}
    ScriptedHttp(const ScriptedHttp&) = delete;
    ScriptedHttp& operator=(const ScriptedHttp&) = delete;
    ~ScriptedHttp() = default;

    [[nodiscard]] std::string url() const {
        return "http://" + listener_.endpoint().toString() + "/checkv2";
    }
    /// Waits for the end of the connection.
    [[nodiscard]] const std::string& request() {
        if (thread_.joinable()) thread_.join();
        return request_;
    }

private:
    void serve() {
        const auto channel = listener_.accept(Deadline::after(std::chrono::seconds{60}));
        if (channel == nullptr) return;
        while (!request_.ends_with("the end\r\n")) {
            const auto piece = channel->peek();
            if (!piece) break;
            request_ += *piece;
            channel->consume(piece->size());
        }
        if (channel->write(answer_)) channel->close();
    }

    test::LoopbackListener listener_;
    std::string answer_;
    std::string request_;
    std::jthread thread_;  ///< last: it uses all the others
};

std::string answer(const std::string& json) {
    return "HTTP/1.0 200 OK\r\nContent-Length: " + std::to_string(json.size()) + "\r\n\r\n" + json;
}

mail::MessageVerdict ask(const std::string& url, std::map<std::string, std::string> more = {}) {
    test::FakeHost fake;
    std::map<std::string, plugin::SettingValue> values{{"url", {url, "p:1"}},
                                                       {"timeout", {"60s", "p:2"}}};
    for (auto& [key, value] : more)
        values[key] = {value, "p:3"};
    const auto hook =
        hooks::RspamdFactory{}.create(plugin::Settings{"hook.r", values, "/etc"}, fake.host());
    const mail::SessionFacts facts{.id = "0session000001",
                                   .client = {IpAddress::v4({192, 0, 2, 7}), 4321},
                                   .tls = mail::TlsFacts{"TLSv1.3", "TLS_AES_256_GCM_SHA384"},
                                   .ehlo = mail::EhloName::from("client.example"),
                                   .user = "alice@example.test"};
    const mail::Envelope envelope{
        test::reversePath("alice@example.test"),
        {},
        {{test::forwardPath("bob@x.test"), {}}, {test::forwardPath("carol@x.test"), {}}}};
    const auto content = mail::MessageContent::fromMemory("Subject: x\r\n\r\nthe end\r\n");
    return hook->onConnect(facts).session->onMessage(
        {facts, envelope, {}, content, "0queue00000001"});
}

}  // namespace

TEST_CASE("rspamd is told who sends what to whom, and the message") {
    ScriptedHttp server{answer(R"({"action":"no action"})")};
    CHECK(ask(server.url(), {{"password", "q1"}}).edits.empty());
    const std::string& request = server.request();
    CHECK(request.starts_with("POST /checkv2 HTTP/1.0\r\nHost: 127.0.0.1:"));
    for (const auto* field :
         {"IP: 192.0.2.7", "From: alice@example.test", "Rcpt: bob@x.test", "Rcpt: carol@x.test",
          "Helo: client.example", "User: alice@example.test", "Queue-Id: 0queue00000001",
          "MTA-Name: mx.example.org", "TLS-Cipher: TLS_AES_256_GCM_SHA384", "Password: q1",
          "Content-Length: 23"}) {
        CAPTURE(field);
        CHECK(request.find(std::string{"\r\n"} + field + "\r\n") != std::string::npos);
    }
    CHECK(request.ends_with("\r\n\r\nSubject: x\r\n\r\nthe end\r\n"));
}

TEST_CASE("spam that goes on is marked, unless nobody wants the mark") {
    ScriptedHttp server{answer(R"({"action":"add header"})")};
    SUBCASE("marked") {
        const auto verdict = ask(server.url());
        REQUIRE(verdict.edits.size() == 1);
        CHECK(std::get<mail::PrependHeader>(verdict.edits[0]).name == "X-Spam");
    }
    SUBCASE("not marked") {
        CHECK(ask(server.url(), {{"spam_header", "no"}}).edits.empty());
    }
}

TEST_CASE("an answer may end with the connection") {
    ScriptedHttp server{"HTTP/1.1 200 OK\r\nServer: x\r\n\r\n{\"action\":\"reject\"}"};
    CHECK(std::holds_alternative<mail::Refuse>(ask(server.url()).verdict));
}

TEST_CASE("nonsense, silence and too much fail the check") {
    const std::string answers[] = {
        "",
        "220 mx.example.org ESMTP\r\n",
        "HTTP/1.0 200 OK\r\n",
        "HTTP/1.0 20 OK\r\n\r\n{}",
        "HTTP/1.0 200 OK\r\nContent-Length: x\r\n\r\n{}",
        "HTTP/1.0 200 OK\r\nContent-Length: 30\r\n\r\n{\"action\":\"no action\"}",
        "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        "HTTP/1.0 403 Forbidden\r\n\r\n{\"error\":\"password\"}",
        answer("{}"),
        answer("{\"action\":\"no action\",\"x\":\"" + std::string(1'100'000, 'x') + "\"}"),
    };
    for (const std::string& octets : answers) {
        CAPTURE(octets.substr(0, 80));
        ScriptedHttp server{octets};
        CHECK_THROWS_AS(static_cast<void>(ask(server.url())), std::runtime_error);
    }
}

TEST_CASE("where rspamd is must be said as a plain HTTP URL") {
    for (const std::string url : {"127.0.0.1:11333", "https://127.0.0.1/x", "http://", "http:///x",
                                  "http://h:0/x", "http://h", "http://h/a b"}) {
        CAPTURE(url);
        CHECK_THROWS_WITH_AS(static_cast<void>(ask(url)),
                             "p:1: hook.r.url must be http://host:port/path", plugin::ConfigError);
    }
}
