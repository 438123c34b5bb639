#include "server/reception/hook_edits.h"

#include "common/base/text.h"
#include "common/mail/header.h"

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace postrider::reception {

namespace {

/// What all edits together ask for.
struct Changes {
    std::string prepended;
    std::map<const mail::HeaderField*, std::string> replaced;  ///< by nothing: removed
    std::map<std::size_t, std::string> inserted;  ///< below that many fields, fewer than there are
    std::string appended;                         ///< below all fields
    const std::string* body = nullptr;            ///< the last ReplaceBody, or null
    mail::ReversePath sender;
    std::vector<mail::EnvelopeRecipient> recipients;
    bool held = false;
    std::string fault;  ///< why none can be carried out; empty when all can

    [[nodiscard]] bool touchContent() const {
        return !replaced.empty() || !inserted.empty() || !appended.empty() || body != nullptr;
    }
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
        changes_.sender = envelope.reversePath;
        changes_.recipients = envelope.recipients;
    }

    void operator()(const mail::PrependHeader& edit) {
        changes_.prepended.insert(0, compose(edit.name, edit.value));
    }

    void operator()(const mail::InsertHeader& edit) {
        const bool below = edit.index >= header_.fields().size();
        (below ? changes_.appended : changes_.inserted[edit.index]) +=
            compose(edit.name, edit.value);
    }

    void operator()(const mail::RemoveHeader& edit) {
        if (const auto* field = find(edit.name, edit.index)) changes_.replaced[field].clear();
    }

    void operator()(const mail::ChangeHeader& edit) {
        const auto* field = find(edit.name, edit.index);
        if (field != nullptr) {
            changes_.replaced[field] = compose(edit.name, edit.value);
        } else {
            changes_.appended += compose(edit.name, edit.value);
        }
    }

    void operator()(const mail::ReplaceBody& edit) { changes_.body = &edit.octets; }

    void operator()(const mail::AddRecipient& edit) {
        if (!has(edit.path)) changes_.recipients.push_back({edit.path, edit.parameters});
    }

    void operator()(const mail::RemoveRecipient& edit) {
        std::erase_if(changes_.recipients, [&](const mail::EnvelopeRecipient& recipient) {
            return recipient.path == edit.path;
        });
    }

    void operator()(const mail::ChangeSender& edit) { changes_.sender = edit.path; }
    void operator()(const mail::Quarantine&) { changes_.held = true; }

    Changes take() && {
        // without fields to stand below, in front of the empty line is above everything
        if (header_.fields().empty()) changes_.prepended += std::exchange(changes_.appended, {});
        return std::move(changes_);
    }

private:
    std::string compose(const std::string& name, const std::string& value) {
        if (isFieldName(name)) return mail::composeFoldedField(name, value);
        changes_.fault = "no field can be named \"" + text::printable(name, 100) + '"';
        return {};
    }

    [[nodiscard]] const mail::HeaderField* find(std::string_view name, std::size_t index) const {
        for (const mail::HeaderField& field : header_.fields()) {
            if (text::equalsIgnoreCase(field.name, name) && index-- == 0) return &field;
        }
        return nullptr;
    }

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
        const std::size_t headerSize = writeHeader(header, changes);
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
    /// Returns how many octets of the old content that was.
    std::size_t writeHeader(const mail::HeaderSection& header, const Changes& changes) {
        std::size_t size = 0;
        for (std::size_t i = 0; i < header.fields().size(); ++i) {
            const mail::HeaderField& field = header.fields()[i];
            if (const auto above = changes.inserted.find(i); above != changes.inserted.end()) {
                put(above->second);
            }
            const auto other = changes.replaced.find(&field);
            put(other == changes.replaced.end() ? field.raw : std::string_view{other->second});
            size += field.raw.size();
        }
        put(changes.appended);
        return size;
    }

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
    candidate.envelope.reversePath = std::move(changes.sender);
    candidate.envelope.recipients = std::move(changes.recipients);
    candidate.held = changes.held;
    return std::nullopt;
}

}  // namespace postrider::reception
