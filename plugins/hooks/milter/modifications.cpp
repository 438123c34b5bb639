#include "plugins/hooks/milter/modifications.h"

#include <utility>
#include <variant>

namespace postrider::hooks::milter {

namespace {

constexpr std::size_t mostEdits = 1000;
constexpr std::size_t longestBody = std::size_t{16} * 1024 * 1024;

/// The action that an edit is.
struct ActionOf {
    std::uint32_t operator()(const mail::PrependHeader&) const { return action::addFields; }
    std::uint32_t operator()(const mail::InsertHeader&) const { return action::addFields; }
    std::uint32_t operator()(const mail::RemoveHeader&) const { return action::changeFields; }
    std::uint32_t operator()(const mail::ChangeHeader&) const { return action::changeFields; }
    std::uint32_t operator()(const mail::ReplaceBody&) const { return action::changeBody; }
    std::uint32_t operator()(const mail::AddRecipient& edit) const {
        return edit.parameters.notify ? action::addRecipientsWithParameters : 0;
    }
    std::uint32_t operator()(const mail::RemoveRecipient&) const {
        return action::removeRecipients;
    }
    std::uint32_t operator()(const mail::ChangeSender&) const { return action::changeSender; }
    std::uint32_t operator()(const mail::Quarantine&) const { return action::quarantine; }
};

/// Adding recipients comes with either of two actions.
bool mayDo(const Agreement& agreement, const mail::Edit& edit) {
    if (!agreement.mayDo(std::visit(ActionOf{}, edit))) return false;
    return !std::holds_alternative<mail::AddRecipient>(edit) ||
           agreement.mayDo(action::addRecipients) ||
           agreement.mayDo(action::addRecipientsWithParameters);
}

}  // namespace

Result<Done, std::string> Modifications::add(mail::Edit edit) {
    if (!mayDo(agreement_, edit)) return Unexpected{std::string{"a change that was not agreed on"}};
    if (auto* piece = std::get_if<mail::ReplaceBody>(&edit)) return addBody(*piece);
    if (edits_.size() >= mostEdits) return Unexpected{std::string{"more than 1000 changes"}};
    edits_.push_back(std::move(edit));
    return Done{};
}

Result<Done, std::string> Modifications::addBody(mail::ReplaceBody& piece) {
    if (!body_) {
        body_ = edits_.size();
        edits_.emplace_back(mail::ReplaceBody{});
    }
    std::string& whole = std::get<mail::ReplaceBody>(edits_[*body_]).octets;
    if (whole.size() + piece.octets.size() > longestBody) {
        return Unexpected{std::string{"a new body of more than 16 MiB"}};
    }
    whole += piece.octets;
    return Done{};
}

}  // namespace postrider::hooks::milter
