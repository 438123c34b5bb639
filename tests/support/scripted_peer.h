#pragma once

#include "common/net/tls_server.h"
#include "tests/support/loopback_listener.h"

#include <chrono>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace postrider::test {

/// One exchange of a scripted dialogue.
struct Turn {
    enum class Then { GoOn, Close, Stall, StartTls };
    std::string expect;  ///< how the client's line must begin; empty: the peer speaks unasked
    std::string reply;   ///< without the last CRLF; empty: nothing is said
    Then then = Then::GoOn;
};

/// An SMTP or LMTP server on loopback for one connection, that plays its turns in order. After a
/// reply 354 the client's next "line" is the whole content up to the end mark; the turn for it
/// expects ".". A line that does not fit its turn ends the dialogue. The client's octets are kept
/// as they came.
class ScriptedPeer {
public:
    explicit ScriptedPeer(std::vector<Turn> script, std::shared_ptr<net::TlsServer> tls = nullptr)
        : script_(std::move(script)), tls_(std::move(tls)), thread_([this] { serve(); }) {}
    ScriptedPeer(std::vector<Turn> script, const std::filesystem::path& socket)
        : listener_(socket), script_(std::move(script)), thread_([this] { serve(); }) {}

    ScriptedPeer(const ScriptedPeer&) = delete;
    ScriptedPeer& operator=(const ScriptedPeer&) = delete;
    ~ScriptedPeer() = default;

    [[nodiscard]] Endpoint endpoint() const { return listener_.endpoint(); }

    /// Waits for the end of the dialogue: everything the client sent.
    [[nodiscard]] std::string received() {
        finish();
        return received_;
    }
    /// Waits for the end of the dialogue: the content of the last DATA, as on the wire, with the
    /// end mark.
    [[nodiscard]] std::string content() {
        finish();
        return content_;
    }
    /// Waits for the end of the dialogue: what did not go by the script, or nothing.
    [[nodiscard]] std::string problem() {
        finish();
        return problem_;
    }

private:
    static constexpr std::chrono::seconds patience{10};

    void finish() {
        if (thread_.joinable()) thread_.join();
    }

    void serve() {
        channel_ = listener_.accept(Deadline::after(patience));
        if (!channel_) {
            problem_ = "nobody connected";
            return;
        }
        for (const auto& turn : script_) {
            if (!play(turn)) break;
        }
        drain();
        channel_->close();
    }

    bool play(const Turn& turn) {
        if (!turn.expect.empty()) {
            const auto said = inContent_ ? readContent() : readLine();
            if (!inContent_ && !said.starts_with(turn.expect)) {
                problem_ = "expected " + turn.expect + ", got " + said;
                return false;
            }
            inContent_ = false;
        }
        if (!turn.reply.empty()) {
            if (!channel_->write(turn.reply + "\r\n") || !channel_->flush()) return false;
            inContent_ = turn.reply.find("354") == turn.reply.rfind('\n') + 1;
        }
        switch (turn.then) {
            case Turn::Then::GoOn:
                return true;
            case Turn::Then::Close:
                channel_->close();
                return false;
            case Turn::Then::Stall:
                return false;
            case Turn::Then::StartTls:
                return tls_->startTls(*channel_, Deadline::after(patience), net::TlsVersion::Tls12)
                    .has_value();
        }
        return false;
    }

    std::string take(std::size_t octets) {
        std::string taken(channel_->peek().value().substr(0, octets));
        channel_->consume(octets);
        received_ += taken;
        return taken;
    }

    /// Octet by octet and not by readLine(): a test must see what really came.
    std::string readLine() {
        std::string line;
        while (!line.ends_with("\r\n")) {
            if (!channel_->peek()) return line;
            line += take(1);
        }
        return line;
    }

    std::string readContent() {
        content_.clear();
        while (content_ != ".\r\n" && !content_.ends_with("\r\n.\r\n")) {
            if (!channel_->peek()) break;
            content_ += take(1);
        }
        return content_;
    }

    /// Reads to the client's end of the connection.
    void drain() {
        for (auto piece = channel_->peek(); piece; piece = channel_->peek())
            take(piece->size());
    }

    LoopbackListener listener_;
    std::vector<Turn> script_;
    std::shared_ptr<net::TlsServer> tls_;
    std::unique_ptr<net::PocoLineChannel> channel_;
    bool inContent_ = false;
    std::string received_;
    std::string content_;
    std::string problem_;
    std::jthread thread_;  ///< last: it uses all the others
};

}  // namespace postrider::test
