#include "plugins/hooks/milter/negotiation.h"

#include "common/base/text.h"

namespace postrider::hooks::milter {

namespace {

std::string hex(std::uint32_t bits) {
    return "0x" + text::toHex(composeNumber(bits));
}

std::vector<std::string> words(std::string_view list) {
    std::vector<std::string> found;
    for (const std::string_view word : text::split(list, ' ')) {
        if (!word.empty()) found.emplace_back(word);
    }
    return found;
}

}  // namespace

std::string offer() {
    return composeNumber(newestVersion) + composeNumber(action::all) + composeNumber(step::all);
}

Result<Agreement, std::string> Agreement::parse(const Packet& packet) {
    PacketData data{packet.data};
    const auto version = data.takeNumber();
    const auto actions = data.takeNumber();
    const auto steps = data.takeNumber();
    if (packet.code != static_cast<char>(Command::Negotiate) || !version || !actions || !steps) {
        return Unexpected{std::string{"no answer to the negotiation"}};
    }
    if (*version < oldestVersion || *version > newestVersion) {
        return Unexpected{"it speaks version " + std::to_string(*version)};
    }
    if ((*actions & ~action::all) != 0 || (*steps & ~step::all) != 0) {
        return Unexpected{"it wants actions " + hex(*actions) + " and steps " + hex(*steps) +
                          ", which were not offered"};
    }
    Agreement agreement;
    agreement.actions_ = *actions;
    agreement.steps_ = *steps;
    // One that is older takes the command for the end of the protocol.
    if (*version < firstVersionWithData) agreement.steps_ |= step::noData;
    while (!data.atEnd()) {
        const auto stage = data.takeNumber();
        const auto list = data.takeText();
        if (!stage || !list || *stage > static_cast<std::uint32_t>(Stage::EndOfHeader)) {
            return Unexpected{std::string{"a list of macros that has no end"}};
        }
        agreement.macros_[*stage] = words(*list);
    }
    return agreement;
}

const std::vector<std::string>* Agreement::macros(Stage stage) const {
    const auto found = macros_.find(static_cast<std::uint32_t>(stage));
    return found == macros_.end() ? nullptr : &found->second;
}

}  // namespace postrider::hooks::milter
