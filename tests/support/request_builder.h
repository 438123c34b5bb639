#pragma once

#include "common/plugin/courier.h"

#include <string>
#include <vector>

namespace postrider::test {

/// Makes delivery requests from plain text; owns their content, so it must outlive them.
class RequestBuilder {
public:
    RequestBuilder() : RequestBuilder("Subject: test\r\n\r\nhello\r\n") {}
    explicit RequestBuilder(std::string octets)
        : content_(mail::MessageContent::fromMemory(std::move(octets))) {}

    RequestBuilder& from(const std::string& path) {
        reversePath_ = *mail::ReversePath::fromString(path);
        return *this;
    }
    RequestBuilder& to(const std::string& path) {
        const auto forward = *mail::ForwardPath::fromString(path);
        recipients_.push_back({forward, forward, {}});
        return *this;
    }
    /// Of the recipient that was added last.
    RequestBuilder& asking(mail::RcptParameters parameters) {
        recipients_.back().parameters = std::move(parameters);
        return *this;
    }
    RequestBuilder& parameters(mail::MailParameters parameters) {
        parameters_ = std::move(parameters);
        return *this;
    }
    RequestBuilder& nextHop(std::string hop) {
        nextHop_ = std::move(hop);
        return *this;
    }
    RequestBuilder& content(mail::MessageContent content) {
        content_ = std::move(content);
        return *this;
    }
    RequestBuilder& deadline(SteadyTime when) {
        deadline_ = when;
        return *this;
    }
    RequestBuilder& smtpUtf8() {
        parameters_.smtputf8 = true;
        return *this;
    }

    [[nodiscard]] plugin::DeliveryRequest build() const {
        return {*mail::QueueId::parse("0123456789abcd"),
                reversePath_,
                recipients_,
                nextHop_,
                parameters_,
                content_,
                deadline_};
    }

private:
    mail::MessageContent content_;
    mail::ReversePath reversePath_ = *mail::ReversePath::fromString("sender@example.net");
    std::vector<plugin::DeliveryRecipient> recipients_;
    std::string nextHop_;
    mail::MailParameters parameters_;
    SteadyTime deadline_ = steadyNow() + std::chrono::hours{24};
};

}  // namespace postrider::test
