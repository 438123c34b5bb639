#pragma once

#include "server/smtp/chunk_checker.h"
#include "server/smtp/data_decoder.h"
#include "server/smtp/session.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace postrider::test {

/// Plays the connection: octets of the client in, lines of the server out, no socket. Keeps to what
/// Next asks for, including the limits of lines and content. One thread.
class SessionDriver {
public:
    SessionDriver(const smtp::SessionOptions& options, smtp::Ports ports, mail::SessionFacts facts)
        : maxContent_(options.maxMessageSize), session_(options, ports, std::move(facts)) {
        take(session_.greet());
    }

    /// The client sends this.
    void receive(std::string_view octets) {
        input_ += octets;
        while (next_ != smtp::Next::Close && next_ != smtp::Next::StartTls && advance()) {
        }
    }
    /// After Next::StartTls: what was sent in clear behind STARTTLS is gone, the dialogue goes on
    /// in TLS.
    void handshake() {
        input_.clear();
        take(session_.onTls({"TLSv1.3", "TLS_AES_256_GCM_SHA384"}));
    }
    void shutDown() { take(session_.shutDown()); }
    void timeOut() { take(session_.timedOut()); }

    /// The server's next line without CRLF; nothing when it is silent.
    std::optional<std::string> nextLine() {
        if (output_.empty()) return std::nullopt;
        auto line = std::move(output_.front());
        output_.pop_front();
        return line;
    }
    [[nodiscard]] bool closed() const { return next_ == smtp::Next::Close; }
    [[nodiscard]] bool awaitsTls() const { return next_ == smtp::Next::StartTls; }
    [[nodiscard]] const smtp::Session& session() const { return session_; }
    /// Every reply said so far, for rules that hold for all; with the line that it answers.
    struct Exchange {
        std::string line;
        mail::Reply reply;
    };
    [[nodiscard]] const std::deque<Exchange>& exchanges() const { return exchanges_; }

private:
    /// One command line or piece of content. False: more octets are needed.
    bool advance() {
        if (next_ == smtp::Next::ReadContent) return readContent();
        const bool isChunk = next_ == smtp::Next::ReadChunk || next_ == smtp::Next::SkipChunk;
        return isChunk ? readChunk() : readLine();
    }

    bool readLine() {
        const auto end = input_.find_first_of("\r\n");
        if (end == std::string::npos || (input_[end] == '\r' && end + 1 == input_.size())) {
            return false;
        }
        if (input_.compare(end, 2, "\r\n") != 0) {
            take(session_.onBareLineEnd());
            return true;
        }
        line_ = input_.substr(0, end);
        input_.erase(0, end + 2);
        const std::size_t limit = next_ == smtp::Next::ReadSecret ? 12288 : 2048;
        take(line_.size() + 2 > limit ? session_.onLineTooLong() : session_.onLine(line_));
        return true;
    }

    bool readContent() {
        const auto progress = decoder_.feed(input_, content_);
        input_.erase(0, progress.consumed);
        switch (progress.state) {
            case smtp::DataDecoder::State::More:
                return false;
            case smtp::DataDecoder::State::BareLineEnd:
                finishContent(Unexpected{smtp::ContentFault::BareLineEnd});
                return true;
            case smtp::DataDecoder::State::End:
                break;
        }
        if (content_.size() > maxContent_) {
            finishContent(Unexpected{smtp::ContentFault::TooBig});
        } else {
            finishContent(mail::MessageContent::fromMemory(content_));
        }
        return true;
    }

    bool readChunk() {
        const auto piece = input_.substr(0, chunk_.size);
        input_.erase(0, piece.size());
        chunk_.size -= piece.size();
        if (next_ == smtp::Next::ReadChunk) {
            if (!checker_) checker_.emplace(chunk_.kind);
            bareLineEnd_ = bareLineEnd_ || !checker_->take(piece);
            content_ += piece;
        }
        if (chunk_.size > 0) return false;
        if (next_ == smtp::Next::SkipChunk) {
            next_ = smtp::Next::ReadLine;
        } else {
            finishChunk();
        }
        return true;
    }

    void finishChunk() {
        const auto end = chunk_.last ? checker_->missingEnd() : "";
        if (end) content_ += *end;
        const bool tooBig = content_.size() > maxContent_;
        if (bareLineEnd_ || !end || tooBig) {
            const auto fault =
                tooBig ? smtp::ContentFault::TooBig : smtp::ContentFault::BareLineEnd;
            take(chunk_.last ? session_.onContent(Unexpected{fault})
                             : session_.onChunk(Unexpected{fault}));
        } else {
            take(chunk_.last ? session_.onContent(mail::MessageContent::fromMemory(content_))
                             : session_.onChunk(Done{}));
        }
    }

    void finishContent(Result<mail::MessageContent, smtp::ContentFault> content) {
        decoder_ = smtp::DataDecoder{};
        content_.clear();
        line_ = ".";
        take(session_.onContent(std::move(content)));
    }

    void take(smtp::Step step) {
        next_ = step.next;
        chunk_ = step.chunk;
        if (checker_ && !session_.isTakingChunks()) {
            checker_.reset();
            bareLineEnd_ = false;
            content_.clear();
        }
        if (!step.reply) return;
        exchanges_.push_back({line_, *step.reply});
        std::string wire = step.reply->wire();
        for (auto end = wire.find("\r\n"); end != std::string::npos; end = wire.find("\r\n")) {
            output_.push_back(wire.substr(0, end));
            wire.erase(0, end + 2);
        }
    }

    std::uint64_t maxContent_;
    smtp::Session session_;
    smtp::Next next_ = smtp::Next::ReadLine;
    smtp::DataDecoder decoder_;
    smtp::Chunk chunk_;  ///< what is still to come of it
    std::optional<smtp::ChunkChecker> checker_;
    bool bareLineEnd_ = false;
    std::string line_;
    std::string input_;
    std::string content_;
    std::deque<std::string> output_;
    std::deque<Exchange> exchanges_;
};

}  // namespace postrider::test
