#pragma once

#include "server/smtp/ports.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_random.h"

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace postrider::test {

/// Accepts every message and keeps it, or refuses with the reply it was given. One thread.
class RecordingReception final : public smtp::Reception {
public:
    struct Accepted {
        mail::SessionFacts facts;
        mail::Envelope envelope;
        std::string content;
    };

    void refuseWith(mail::Reply reply) { refusal_ = std::move(reply); }
    [[nodiscard]] const std::vector<Accepted>& accepted() const { return accepted_; }

    Result<mail::QueueId, mail::Reply> accept(const smtp::ReceivedMessage& message) override {
        if (refusal_) return Unexpected{*refusal_};
        accepted_.push_back({message.facts, message.envelope, readAll(message.content)});
        return mail::QueueId::make(clock_.now(), random_);
    }

private:
    static std::string readAll(const mail::MessageContent& content) {
        std::string all;
        std::array<char, 4096> buffer{};
        const auto reader = content.open();
        while (const auto size = reader->read(buffer))
            all.append(buffer.data(), size);
        return all;
    }

    FakeClock clock_;
    FakeRandom random_;
    std::optional<mail::Reply> refusal_;
    std::vector<Accepted> accepted_;
};

}  // namespace postrider::test
