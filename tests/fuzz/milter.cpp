#include "plugins/hooks/milter/answer.h"
#include "plugins/hooks/milter/negotiation.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace postrider;

/// A line of a value ends in CRLF; what else may not be in it, reception sees to.
struct HasWholeLines {
    template <class Edit>
    bool operator()(const Edit& edit) const {
        if constexpr (requires { edit.value; }) {
            for (std::size_t i = 0; i < edit.value.size(); ++i) {
                if (edit.value[i] == '\n' && (i == 0 || edit.value[i - 1] != '\r')) return false;
            }
        }
        return true;
    }
};

}  // namespace

/// The first octet is the packet's letter: whatever a milter says is an answer, an agreement, or
/// says what is wrong with it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace hooks::milter;
    const auto text = fuzz::textOf(data, size);
    if (text.empty()) return 0;
    const Packet packet{text.front(), std::string{text.substr(1)}};
    for (const auto space : {LeadingSpace::Stripped, LeadingSpace::Kept}) {
        const auto answer = parseAnswer(packet, space);
        if (!answer) {
            fuzz::promise(!answer.error().empty());
            continue;
        }
        if (const auto* custom = std::get_if<CustomReply>(&*answer)) {
            fuzz::promise(custom->reply.isTransient() || custom->reply.isPermanent());
        }
        if (const auto* edit = std::get_if<mail::Edit>(&*answer)) {
            fuzz::promise(std::visit(HasWholeLines{}, *edit));
        }
    }
    if (const auto agreement = Agreement::parse(packet)) {
        fuzz::promise(agreement->mayDo(0));
        fuzz::promise(!agreement->has(~step::all));
    }
    return 0;
}
