#pragma once

#include "plugins/hooks/milter/packet.h"
#include "plugins/hooks/milter/protocol.h"
#include "tests/support/loopback_listener.h"

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace postrider::test {

/// A milter on loopback, for as many connections as are scripted, one behind the other. Answers a
/// command by its letter, with octets that need not be packets; a command without an answer is
/// taken without a word. "hang up" at the end of an answer ends the connection.
class ScriptedMilter {
public:
    using Script = std::map<char, std::string>;

    explicit ScriptedMilter(std::vector<Script> scripts)
        : scripts_(std::move(scripts)), thread_([this] { serve(); }) {}
    ScriptedMilter(const ScriptedMilter&) = delete;
    ScriptedMilter& operator=(const ScriptedMilter&) = delete;
    ~ScriptedMilter() = default;

    [[nodiscard]] std::string address() const { return "inet:" + listener_.endpoint().toString(); }
    /// Waits for the end of the last connection: all packets of all connections, macros too.
    [[nodiscard]] const std::vector<hooks::milter::Packet>& received() {
        if (thread_.joinable()) thread_.join();
        return received_;
    }
    /// Waits for the end of the first connection.
    void waitForHangUp() { hungUp_.wait(0); }
    /// The letters of those, without macros.
    [[nodiscard]] std::string commands() {
        std::string letters;
        for (const auto& packet : received()) {
            if (packet.code != 'D') letters += packet.code;
        }
        return letters;
    }
    /// The data of the first one with this letter.
    [[nodiscard]] std::string data(char letter) {
        for (const auto& packet : received()) {
            if (packet.code == letter) return packet.data;
        }
        return "(never said)";
    }

    /// Takes the negotiation with these actions and steps, and goes on after everything else.
    static Script agreeable(std::uint32_t actions = hooks::milter::action::all,
                            std::uint32_t steps = 0, std::uint32_t version = 6) {
        using hooks::milter::compose;
        using hooks::milter::composeNumber;
        Script script;
        for (const char letter : {'C', 'H', 'M', 'R', 'T', 'L', 'N', 'B', 'E'}) {
            script[letter] = compose('c', "");
        }
        script['O'] =
            compose('O', composeNumber(version) + composeNumber(actions) + composeNumber(steps));
        return script;
    }

private:
    void serve() {
        constexpr std::chrono::seconds patience{60};
        for (const Script& script : scripts_) {
            const auto channel = listener_.accept(Deadline::after(patience));
            if (channel == nullptr) return;
            play(script, *channel);
            channel->close();
            ++hungUp_;
            hungUp_.notify_all();
        }
    }

    void play(const Script& script, net::LineChannel& channel) {
        for (;;) {
            const auto size = hooks::milter::PacketData{take(channel, 4)}.takeNumber();
            if (!size) return;
            const std::string packet = take(channel, *size);
            if (packet.empty()) return;
            received_.push_back({packet.front(), packet.substr(1)});
            const auto answer = script.find(packet.front());
            if (answer == script.end()) continue;
            std::string_view octets{answer->second};
            const bool last = octets.ends_with(hangUp);
            if (last) octets.remove_suffix(hangUp.size());
            if (!channel.write(octets) || !channel.flush() || last) return;
        }
    }

    static std::string take(net::LineChannel& channel, std::size_t octets) {
        std::string taken;
        while (taken.size() < octets) {
            const auto piece = channel.peek();
            if (!piece) return {};
            const auto part = piece->substr(0, octets - taken.size());
            taken += part;
            channel.consume(part.size());
        }
        return taken;
    }

    static constexpr std::string_view hangUp = "hang up";

    LoopbackListener listener_;
    std::vector<Script> scripts_;
    std::vector<hooks::milter::Packet> received_;
    std::atomic<int> hungUp_{0};  ///< connections that have ended
    std::jthread thread_;         ///< last: it uses all the others
};

}  // namespace postrider::test
