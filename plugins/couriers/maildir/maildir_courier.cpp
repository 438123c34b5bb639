#include "plugins/couriers/maildir/maildir_courier.h"

#include "common/base/text.h"
#include "common/plugin/local_form.h"
#include "common/plugin/outcomes.h"
#include "common/plugin/placeholders.h"
#include "plugins/couriers/maildir/maildir.h"

#include <cerrno>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace postrider::couriers {

namespace {

using plugin::DeliveryOutcome;

/// Whether a local part or domain may become part of a file name (never a path, never hidden, never
/// `..`).
bool isSafeValue(const std::string& value) {
    return !value.empty() && value.front() != '.' && value.find('/') == std::string::npos &&
           !text::hasControl(value);
}

/// The components below the base with their values, or nothing when one of them is no file name.
std::optional<std::vector<std::string>> fill(const std::vector<std::string>& below,
                                             const plugin::Placeholders& values) {
    constexpr std::size_t longestName = 255;  // NAME_MAX
    if (!isSafeValue(values.at('u')) || !isSafeValue(values.at('d'))) return std::nullopt;
    std::vector<std::string> names;
    for (const auto& pattern : below) {
        auto name = plugin::expand(pattern, values);
        if (!name || name->size() > longestName) return std::nullopt;
        names.push_back(std::move(*name));
    }
    return names;
}

DeliveryOutcome outcomeOf(const MaildirError& error) {
    switch (error.number) {
        case EDQUOT:
            return plugin::transient({4, 2, 2}, error.where);
        case ENOSPC:
            return plugin::transient({4, 3, 1}, error.where);
        default:
            return plugin::transient({4, 3, 0}, error.where);
    }
}

/// Tells recipients of one message apart in a file name (FNV-1a).
std::string fingerprint(std::string_view recipient) {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const char c : recipient)
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    std::string octets;
    for (int shift = 0; shift < 64; shift += 8)
        octets += static_cast<char>(hash >> shift & 0xff);
    return text::toHex(octets);
}

/// Our name in a file name: `/` and `:` as the maildir convention writes them.
std::string fileNameOf(const std::string& hostname) {
    std::string name;
    for (const char c : hostname) {
        if (c == '/')
            name += "\\057";
        else if (c == ':')
            name += "\\072";
        else
            name.push_back(c);
    }
    return name;
}

}  // namespace

MaildirCourier::MaildirCourier(const std::string& pattern, const plugin::Host& host) : host_(host) {
    for (const auto piece : text::split(pattern, '/')) {
        if (piece.empty()) continue;
        if (below_.empty() && piece.find('%') == std::string_view::npos) {
            base_.append("/").append(piece);
        } else {
            below_.emplace_back(piece);
        }
    }
    if (base_.empty()) base_ = "/";
}

std::vector<DeliveryOutcome> MaildirCourier::deliver(const plugin::DeliveryRequest& request) {
    std::vector<DeliveryOutcome> outcomes;
    for (const auto& recipient : request.recipients) {
        if (host_.clock.steady() >= request.deadline) {
            outcomes.push_back(plugin::transient({4, 4, 7}, "no time left for this recipient"));
            continue;
        }
        // A spool file that cannot be read must not undo what became of the recipients before this
        // one.
        try {
            outcomes.push_back(deliverTo(request, recipient));
        } catch (const std::system_error& error) {
            outcomes.push_back(plugin::transient({4, 3, 0}, error.what()));
        }
    }
    return outcomes;
}

DeliveryOutcome MaildirCourier::deliverTo(const plugin::DeliveryRequest& request,
                                          const plugin::DeliveryRecipient& recipient) {
    auto names = fill(below_, plugin::placeholdersOf(request, recipient, host_));
    if (!names) return plugin::permanent({5, 1, 3}, "this address cannot name a mailbox folder");

    const Maildir maildir{base_, std::move(*names)};
    const std::string name = nameOf(request.id, recipient.final.toString());
    plugin::LocalForm message{request, recipient};
    const auto done = maildir.deliver(temporaryName(), name, message);
    if (!done) return outcomeOf(done.error());
    DeliveryOutcome outcome = plugin::delivered(
        *done == Maildir::Delivered::Now ? "delivered to maildir" : "was in the maildir already");
    outcome.evidence.emplace_back("file", name);
    return outcome;
}

std::string MaildirCourier::nameOf(const mail::QueueId& id, std::string_view recipient) const {
    return std::to_string(unixSeconds(id.createdAt())) + ".Q" + id.toString() + "R" +
           fingerprint(recipient) + "." + fileNameOf(host_.hostname);
}

std::string MaildirCourier::temporaryName() {
    return std::to_string(unixSeconds(host_.clock.now())) + ".P" + std::to_string(::getpid()) +
           "Q" + std::to_string(++delivery_) + "R" + host_.random.token(8) + "." +
           fileNameOf(host_.hostname);
}

std::unique_ptr<plugin::Courier> MaildirFactory::create(const plugin::Settings& settings,
                                                        const plugin::Host& host) const {
    const std::string pattern = settings.text("path");
    if (!pattern.starts_with('/')) throw settings.error("path", "must begin with /");
    if (const auto problem = plugin::problemOf(pattern, "ud"); !problem.empty()) {
        throw settings.error("path", problem);
    }
    for (const auto piece : text::split(pattern, '/')) {
        if (piece == "." || piece == "..")
            throw settings.error("path", "must not have . or .. in it");
    }
    return std::make_unique<MaildirCourier>(pattern, host);
}

}  // namespace postrider::couriers
