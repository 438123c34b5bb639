#include "server/reception/hook_edits.h"

#include "common/base/text.h"
#include "common/mail/header.h"

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <string_view>
#include <variant>

namespace postrider::reception {

namespace {

/// What all edits together ask for.
struct Changes {
    std::string prepended;
    std::set<const mail::HeaderField*> removed;
    const std::string* body = nullptr;  ///< the last ReplaceBody, or null
    std::vector<mail::EnvelopeRecipient> recipients;
    std::string fault;  ///< why none can be carried out; empty when all can

    [[nodiscard]] bool touchContent() const { return !removed.empty() || body != nullptr; }
};

bool isFieldName(std::string_view name) {
    constexpr std::size_t longest = 100;
    return !name.empty() && name.size() <= longest &&
           std::all_of(name.begin(), name.end(),
                       [](char c) { return c > ' ' && c < 0x7f && c != ':'; });
}

/// Collects edits against the message as it was before the first of them.
class Collector {
public:
    Collector(const mail::HeaderSection& header, const mail::Envelope& envelope) : header_(header) {
        changes_.recipients = envelope.recipients;
    }

    void operator()(const mail::PrependHeader& edit) {
        if (!isFieldName(edit.name)) {
            changes_.fault = "no field can be named \"" + text::printable(edit.name, 100) + '"';
            return;
        }
        changes_.prepended.insert(0, mail::composeField(edit.name, edit.value));
    }

    void operator()(const mail::RemoveHeader& edit) {
        std::size_t index = edit.index;
        for (const mail::HeaderField& field : header_.fields()) {
            if (!text::equalsIgnoreCase(field.name, edit.name)) continue;
            if (index-- > 0) continue;
            changes_.removed.insert(&field);
            return;
        }
    }

    void operator()(const mail::ReplaceBody& edit) { changes_.body = &edit.octets; }

    void operator()(const mail::AddRecipient& edit) {
        if (!has(edit.path)) changes_.recipients.push_back({edit.path, {}});
    }

    void operator()(const mail::RemoveRecipient& edit) {
        std::erase_if(changes_.recipients, [&](const mail::EnvelopeRecipient& recipient) {
            return recipient.path == edit.path;
        });
    }

    Changes take() && { return std::move(changes_); }

private:
    [[nodiscard]] bool has(const mail::ForwardPath& path) const {
        return std::any_of(changes_.recipients.begin(), changes_.recipients.end(),
                           [&](const auto& recipient) { return recipient.path == path; });
    }

    const mail::HeaderSection& header_;
    Changes changes_;
};

/// Writes received content anew without what goes away. The octets in front of the received ones
/// stay as they are.
class Rewriter {
public:
    Rewriter(const RewriteTarget& target, const std::string& name)
        : writer_(std::make_unique<queue::SpoolWriter>(target.spool, target.inlineLimit, name)) {}

    Result<mail::MessageContent, queue::SpoolWriter::Fault> write(const mail::MessageContent& old,
                                                                  const mail::HeaderSection& header,
                                                                  const Changes& changes) {
        std::size_t headerSize = 0;
        for (const mail::HeaderField& field : header.fields()) {
            headerSize += field.raw.size();
            if (!changes.removed.contains(&field)) put(field.raw);
        }
        if (changes.body != nullptr) {
            // what stands in front of a text without header is that empty line already
            if (old.prepended().empty()) put("\r\n");
            put(*changes.body);
        } else {
            putFrom(old, old.prepended().size() + headerSize);
        }
        if (fault_) return Unexpected{*fault_};
        auto body = writer_->finish();
        if (!body || old.prepended().empty()) return body;
        return body->withPrepended(old.prepended());
    }

    std::unique_ptr<queue::SpoolWriter> writer() && { return std::move(writer_); }

private:
    void put(std::string_view octets) {
        if (fault_) return;
        if (const auto done = writer_->write(octets); !done) fault_ = done.error();
    }

    void putFrom(const mail::MessageContent& content, std::uint64_t skip) {
        constexpr std::size_t pieceSize = 16384;
        std::array<char, pieceSize> piece{};
        const auto reader = content.open();
        while (const std::size_t got = reader->read(piece)) {
            const auto skipped = static_cast<std::size_t>(std::min<std::uint64_t>(skip, got));
            skip -= skipped;
            put(std::string_view{piece.data(), got}.substr(skipped));
        }
    }

    std::unique_ptr<queue::SpoolWriter> writer_;
    std::optional<queue::SpoolWriter::Fault> fault_;
};

MayGoOn rewrite(const Changes& changes, const RewriteTarget& target, Candidate& candidate) {
    // reception may have written it anew already, and that file is being read
    const std::string again = candidate.rewritten ? "2" : "";
    Rewriter rewriter{target, candidate.id.toString() + again};
    auto content = rewriter.write(candidate.content, candidate.header, changes);
    if (!content) {
        return content.error() == queue::SpoolWriter::Fault::NoRoom ? noRoomForEdits()
                                                                    : editsNotStored();
    }
    candidate.content = std::move(*content);
    candidate.rewritten = std::move(rewriter).writer();
    return std::nullopt;
}

}  // namespace

MayGoOn applyEdits(const std::vector<mail::Edit>& edits, const RewriteTarget& target,
                   Candidate& candidate) {
    Collector collector{candidate.header, candidate.envelope};
    for (const mail::Edit& edit : edits)
        std::visit(collector, edit);
    Changes changes = std::move(collector).take();
    if (!changes.fault.empty()) return badHookAnswer(changes.fault);

    if (changes.touchContent()) {
        if (auto refusal = rewrite(changes, target, candidate)) return refusal;
    }
    if (!changes.prepended.empty()) {
        candidate.content = candidate.content.withPrepended(changes.prepended);
    }
    candidate.envelope.recipients = std::move(changes.recipients);
    return std::nullopt;
}

}  // namespace postrider::reception
