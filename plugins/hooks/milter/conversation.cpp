#include "plugins/hooks/milter/conversation.h"

#include <algorithm>
#include <utility>

namespace postrider::hooks::milter {

namespace {

using mail::EnhancedStatus;
using mail::Reply;

mail::Verdict proceed() {
    return mail::Proceed{};
}

bool isProceed(const mail::Verdict& verdict) {
    return std::holds_alternative<mail::Proceed>(verdict);
}

/// What the client hears when a milter has no words of its own.
mail::Verdict rejection(Command command) {
    switch (command) {
        case Command::Connect:
        case Command::Helo:
            return mail::Refuse{Reply{550, EnhancedStatus{5, 7, 1}, "We take no mail from here"}};
        case Command::Mail:
            return mail::Refuse{Reply{550, EnhancedStatus{5, 7, 1}, "This sender is refused"}};
        case Command::Recipient:
            return mail::Refuse{Reply{550, EnhancedStatus{5, 7, 1}, "This recipient is refused"}};
        case Command::Abort:
        case Command::BodyPiece:
        case Command::Macros:
        case Command::EndOfBody:
        case Command::HeaderField:
        case Command::EndOfHeader:
        case Command::Negotiate:
        case Command::Quit:
        case Command::Data:
            break;
    }
    return mail::Refuse{Reply{550, EnhancedStatus{5, 7, 1}, "This message is refused"}};
}

mail::Verdict deferral() {
    return mail::Refuse{
        Reply{451, EnhancedStatus{4, 7, 1}, "This cannot be taken now, please try again later"}};
}

mail::Verdict verdictOf(const Reply& reply) {
    constexpr int closing = 421;
    if (reply.code == closing) return mail::Disconnect{reply};
    return mail::Refuse{reply};
}

mail::Verdict shutdown() {
    return mail::Disconnect{
        Reply{421, EnhancedStatus{4, 7, 0}, "This session is over, please try again later"}};
}

/// SMTP parameters as a milter sees them: each a text of its own.
std::string parametersOf(const mail::MailParameters& parameters) {
    std::string texts;
    if (parameters.size) texts += composeText("SIZE=" + std::to_string(*parameters.size));
    if (parameters.body != mail::BodyType::SevenBit) {
        texts += composeText("BODY=" + std::string{mail::toString(parameters.body)});
    }
    if (parameters.smtputf8) texts += composeText("SMTPUTF8");
    if (parameters.requireTls) texts += composeText("REQUIRETLS");
    if (parameters.ret) texts += composeText("RET=" + std::string{mail::toString(*parameters.ret)});
    return texts;
}
std::string parametersOf(const mail::RcptParameters& parameters) {
    if (!parameters.notify) return {};
    return composeText("NOTIFY=" + mail::notifyToString(parameters.notify));
}

/// Name and value of a field: LF between the lines of a folded value, as sendmail has it.
std::string fieldOf(const mail::HeaderField& field, bool keepSpace) {
    std::string_view value = field.value;
    if (!keepSpace && value.starts_with(' ')) value.remove_prefix(1);
    std::string lines{value};
    lines.erase(std::remove(lines.begin(), lines.end(), '\r'), lines.end());
    return composeText(field.name) + composeText(lines);
}

}  // namespace

Conversation::Conversation(PacketChannel channel, Agreement agreement, const std::string& hostname)
    : channel_(std::move(channel)), agreement_(std::move(agreement)), macros_(hostname) {}

Conversation::~Conversation() {
    if (broken_) return;
    constexpr std::chrono::milliseconds farewell{100};
    channel_.setDeadline(Deadline::after(farewell));
    if (channel_.send(Command::Quit, {})) channel_.flush();
}

Result<std::unique_ptr<Conversation>, std::string> Conversation::open(
    std::unique_ptr<net::LineChannel> channel, const std::string& hostname, Deadline deadline) {
    PacketChannel packets{std::move(channel)};
    packets.setDeadline(deadline);
    if (const auto sent = packets.send(Command::Negotiate, offer()); !sent) {
        return Unexpected{sent.error()};
    }
    const auto packet = packets.receive();
    if (!packet) return Unexpected{packet.error()};
    auto agreement = Agreement::parse(*packet);
    if (!agreement) return Unexpected{agreement.error()};
    return std::unique_ptr<Conversation>{
        new Conversation{std::move(packets), *std::move(agreement), hostname}};
}

Conversation::Heard Conversation::connect(const mail::SessionFacts& facts, Deadline deadline) {
    channel_.setDeadline(deadline);
    macros_.learn(facts);
    const auto port = facts.client.port;
    std::string data = composeText('[' + facts.client.ip.toString() + ']');
    data += facts.client.ip.isV4() ? '4' : '6';
    data += static_cast<char>(port >> 8U & 0xffU);
    data += static_cast<char>(port & 0xffU);
    data += composeText(facts.client.ip.toString());
    return say({Command::Connect, step::noConnect, step::silentConnect, Stage::Connect}, data);
}

Conversation::Heard Conversation::helo(const mail::SessionFacts& facts, Deadline deadline) {
    channel_.setDeadline(deadline);
    macros_.learn(facts);
    if (const auto left = leaveMessage(); !left) return Unexpected{left.error()};
    const std::string name = facts.ehlo ? facts.ehlo->toString() : "";
    return say({Command::Helo, step::noHelo, step::silentHelo, Stage::Helo}, composeText(name));
}

Conversation::Heard Conversation::mail(const mail::SessionFacts& facts,
                                       const mail::ReversePath& path,
                                       const mail::MailParameters& parameters, Deadline deadline) {
    channel_.setDeadline(deadline);
    macros_.learn(facts);
    if (const auto left = leaveMessage(); !left) return Unexpected{left.error()};
    inMessage_ = interest_ == Interest::Asks;
    macros_.set("{mail_addr}", path.toString());
    return say({Command::Mail, step::noMail, step::silentMail, Stage::Mail},
               composeText('<' + path.toString() + '>') + parametersOf(parameters));
}

Conversation::Heard Conversation::recipient(const mail::ForwardPath& path,
                                            const mail::RcptParameters& parameters,
                                            Deadline deadline) {
    channel_.setDeadline(deadline);
    macros_.set("{rcpt_addr}", path.toString());
    return say({Command::Recipient, step::noRecipient, step::silentRecipient, Stage::Recipient},
               composeText('<' + path.toString() + '>') + parametersOf(parameters));
}

Result<mail::MessageVerdict, std::string> Conversation::message(const mail::MessageView& message,
                                                                Deadline deadline) {
    channel_.setDeadline(deadline);
    if (!message.id.empty()) macros_.set("i", std::string{message.id});
    const std::string section = message.content.headerSection();
    auto heard = say({Command::Data, step::noData, step::silentData, Stage::Data}, {});
    if (wantsMore(heard)) heard = sayHeader(mail::HeaderSection::parse(section));
    if (wantsMore(heard)) heard = sayBody(message.content, section.size());
    if (!heard) return Unexpected{heard.error()};
    if (!wantsMore(heard)) return mail::MessageVerdict{*std::move(heard), {}};
    return endMessage();
}

/// Nothing has been decided yet, and the milter still asks.
bool Conversation::wantsMore(const Heard& heard) const {
    return heard && isProceed(*heard) && interest_ == Interest::Asks;
}

Conversation::Heard Conversation::sayHeader(const mail::HeaderSection& header) {
    const bool keepSpace = agreement_.has(step::leadingSpace);
    for (const mail::HeaderField& field : header.fields()) {
        if (field.name.empty()) continue;  // a line that is no field
        auto heard = say({Command::HeaderField, step::noHeader, step::silentHeader, std::nullopt},
                         fieldOf(field, keepSpace));
        if (!wantsMore(heard)) return heard;
    }
    return say(
        {Command::EndOfHeader, step::noEndOfHeader, step::silentEndOfHeader, Stage::EndOfHeader},
        {});
}

Conversation::Heard Conversation::sayBody(const mail::MessageContent& content,
                                          std::size_t headerSize) {
    if (agreement_.has(step::noBody)) return proceed();
    skipsBody_ = false;
    std::string piece(bodyPiece, '\0');
    const auto reader = content.open();
    for (std::size_t skip = headerSize; skip > 0;) {
        const auto got = reader->read(std::span{piece.data(), std::min(skip, piece.size())});
        if (got == 0) break;
        skip -= got;
    }
    while (const std::size_t got = reader->read(piece)) {
        auto heard = say({Command::BodyPiece, step::noBody, step::silentBody, std::nullopt},
                         std::string_view{piece}.substr(0, got));
        if (!wantsMore(heard) || skipsBody_) return heard;
    }
    return proceed();
}

Result<mail::MessageVerdict, std::string> Conversation::endMessage() {
    if (const auto sent = send({Command::EndOfBody, 0, 0, Stage::EndOfMessage}, {}); !sent) {
        return Unexpected{sent.error()};
    }
    Modifications modifications{agreement_};
    for (;;) {
        auto answer = receive();
        if (!answer) return Unexpected{answer.error()};
        if (auto* edit = std::get_if<mail::Edit>(&*answer)) {
            if (const auto added = modifications.add(std::move(*edit)); !added) {
                broken_ = true;
                return Unexpected{added.error()};
            }
            continue;
        }
        if (std::holds_alternative<Progress>(*answer)) continue;
        auto heard = meaningOf(*answer, Command::EndOfBody);
        if (!heard) return Unexpected{heard.error()};
        inMessage_ = false;
        if (!isProceed(*heard)) return mail::MessageVerdict{*std::move(heard), {}};
        return mail::MessageVerdict{mail::Proceed{}, std::move(modifications).take()};
    }
}

Conversation::Heard Conversation::say(const Manner& manner, std::string_view data) {
    if (interest_ != Interest::Asks || agreement_.has(manner.never)) return proceed();
    if (const auto sent = send(manner, data); !sent) return Unexpected{sent.error()};
    if (agreement_.has(manner.silent)) return proceed();
    return hear(manner.command);
}

Result<Done, std::string> Conversation::send(const Manner& manner, std::string_view data) {
    if (manner.stage) {
        const std::string macros = macros_.compose(*manner.stage, manner.command, agreement_);
        if (!macros.empty()) {
            if (auto sent = channel_.send(Command::Macros, macros); !sent) {
                broken_ = true;
                return sent;
            }
        }
    }
    auto sent = channel_.send(manner.command, data);
    broken_ = !sent;
    return sent;
}

Conversation::Heard Conversation::hear(Command command) {
    for (;;) {
        const auto answer = receive();
        if (!answer) return Unexpected{answer.error()};
        if (!std::holds_alternative<Progress>(*answer)) return meaningOf(*answer, command);
    }
}

Result<Answer, std::string> Conversation::receive() {
    const auto space =
        agreement_.has(step::leadingSpace) ? LeadingSpace::Kept : LeadingSpace::Stripped;
    const auto packet = channel_.receive();
    auto answer = packet ? parseAnswer(*packet, space)
                         : Result<Answer, std::string>{Unexpected{packet.error()}};
    broken_ = !answer;
    return answer;
}

Conversation::Heard Conversation::meaningOf(const Answer& answer, Command command) {
    const bool ofSession = command == Command::Connect || command == Command::Helo;
    if (std::holds_alternative<Accept>(answer)) {
        interest_ = ofSession ? Interest::NotThisSession : Interest::NotThisMessage;
        inMessage_ = false;
        return proceed();
    }
    if (std::holds_alternative<Continue>(answer)) return proceed();
    if (std::holds_alternative<Reject>(answer)) return rejection(command);
    if (std::holds_alternative<TempFail>(answer)) return deferral();
    if (std::holds_alternative<Shutdown>(answer)) return shutdown();
    if (const auto* custom = std::get_if<CustomReply>(&answer)) return verdictOf(custom->reply);
    if (std::holds_alternative<DiscardMessage>(answer) && !ofSession) {
        interest_ = Interest::NotThisMessage;
        return mail::Verdict{mail::Discard{"a milter wants it to go nowhere"}};
    }
    if (std::holds_alternative<Skip>(answer) && command == Command::BodyPiece) {
        skipsBody_ = true;
        return proceed();
    }
    broken_ = true;
    return Unexpected{std::string{"an answer that does not belong to command '"} +
                      static_cast<char>(command) + "'"};
}

/// The one before is over, whatever became of it.
Result<Done, std::string> Conversation::leaveMessage() {
    if (interest_ == Interest::NotThisMessage) interest_ = Interest::Asks;
    if (!std::exchange(inMessage_, false)) return Done{};
    return send({Command::Abort, 0, 0, std::nullopt}, {});
}

}  // namespace postrider::hooks::milter
