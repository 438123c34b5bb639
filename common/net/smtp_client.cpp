#include "common/net/smtp_client.h"

#include "common/base/text.h"
#include "common/net/data_encoder.h"
#include "common/net/dsn_parameters.h"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>
#include <utility>

namespace postrider::net {

namespace {

using mail::EnhancedStatus;
using mail::Reply;

constexpr std::size_t replyLineLimit = 2048;
/// Commands sent before their replies are read: few enough that both directions fit into socket
/// buffers.
constexpr std::size_t pipelineDepth = 100;
constexpr std::size_t pieceSize = 32'768;
constexpr std::string_view dataCommand = "DATA";

bool isSuccess(const Reply& reply) {
    return reply.code >= 200 && reply.code < 300;
}

/// A reply that cannot be the answer to what was said decides nothing: later (RFC 5321
/// section 4.2.1).
Reply decided(Reply reply) {
    if (isSuccess(reply) || reply.isTransient() || reply.isPermanent()) return reply;
    return {451, EnhancedStatus{4, 5, 0}, "unexpected reply: " + reply.toString()};
}

/// What the octets of a message ask of the next hop.
struct ContentNeeds {
    bool eightBit = false;
    bool utf8Header = false;
    bool binary = false;  ///< any octets, no lines: it may only leave by BDAT (RFC 3030 section 3)
};

/// Reads the content once, as far as needed. Throws std::system_error when its file fails.
ContentNeeds examine(const mail::MessageContent& content, mail::BodyType body) {
    ContentNeeds needs;
    needs.utf8Header = !text::isAscii(content.headerSection());
    needs.binary = body == mail::BodyType::BinaryMime;
    if (needs.binary) return needs;
    needs.eightBit = needs.utf8Header;
    const auto reader = content.open();
    std::string piece(pieceSize, '\0');
    while (!needs.eightBit) {
        const auto got = reader->read(piece);
        if (got == 0) break;
        needs.eightBit = !text::isAscii(std::string_view(piece).substr(0, got));
    }
    return needs;
}

bool hasUtf8Address(const mail::Envelope& envelope) {
    const auto needsUtf8 = [](const mail::Mailbox* mailbox) {
        return mailbox != nullptr && mailbox->needsUtf8();
    };
    return needsUtf8(envelope.reversePath.mailbox()) ||
           std::any_of(envelope.recipients.begin(), envelope.recipients.end(),
                       [&](const auto& recipient) { return needsUtf8(recipient.path.mailbox()); });
}

}  // namespace

struct SmtpClient::Dialogue {
    std::unique_ptr<LineChannel> channel;
    Protocol protocol = Protocol::Smtp;
    std::string ehloName;
    Deadline deadline;
    ClientTimeouts timeouts;
    std::string peerName;
    std::map<std::string, std::string, std::less<>> extensions;
    bool openTransaction =
        false;                  ///< MAIL was accepted and no content followed: RSET before the next
    bool unusable = false;      ///< nothing more can be said in this connection
    bool contentBegun = false;  ///< in the last transaction

    using Maybe = Result<Reply, ClientFailure>;
    using Said = Result<Done, ClientFailure>;

    void allow(std::chrono::seconds time) {
        channel->setDeadline(deadline.orSooner(Deadline::after(time)));
    }

    Unexpected<ClientFailure> fail(std::string_view where, std::string what) {
        unusable = true;
        return Unexpected{ClientFailure{std::string(where), std::move(what)}};
    }

    Unexpected<ClientFailure> fail(std::string_view where, ChannelError error) {
        std::string what(describe(error));
        if (const auto detail = channel->lastError(); !detail.empty()) what += ": " + detail;
        return fail(where, std::move(what));
    }

    Said say(std::string_view where, std::string_view line) {
        std::string wire(line);
        wire += "\r\n";
        if (const auto written = channel->write(wire); !written)
            return fail(where, written.error());
        return Done{};
    }

    Maybe readReply(std::string_view where, std::chrono::seconds time) {
        allow(time);
        mail::ReplyReader reader;
        for (;;) {
            const auto line = channel->readLine(replyLineLimit);
            if (!line) return fail(where, line.error());
            switch (reader.add(*line)) {
                case mail::ReplyReader::Progress::More:
                    break;
                case mail::ReplyReader::Progress::Complete:
                    return std::move(reader).reply();
                case mail::ReplyReader::Progress::Malformed:
                    return fail(where, "malformed reply: " + text::printable(*line, 200));
            }
        }
    }

    Maybe ask(std::string_view where, std::string_view line) {
        allow(timeouts.command);
        if (const auto said = say(where, line); !said) return Unexpected{said.error()};
        return readReply(where, timeouts.command);
    }

    void learnExtensions(const Reply& reply) {
        extensions.clear();
        for (std::size_t i = 1; i < reply.lines.size(); ++i) {
            const std::string_view line = text::trim(reply.lines[i]);
            const auto space = line.find(' ');
            const auto parameters =
                space == std::string_view::npos ? std::string_view{} : line.substr(space + 1);
            extensions.insert_or_assign(text::upper(line.substr(0, space)),
                                        std::string(text::trim(parameters)));
        }
    }

    [[nodiscard]] bool offers(std::string_view keyword) const {
        return extensions.contains(keyword);
    }

    Maybe sayEhlo() {
        const std::string verb = protocol == Protocol::Lmtp ? "LHLO" : "EHLO";
        auto reply = ask(verb, verb + ' ' + ehloName);
        if (reply && isSuccess(*reply)) learnExtensions(*reply);
        return reply;
    }

    Maybe greet();
    Result<TransactionResult, ClientFailure> send(const mail::Envelope& envelope,
                                                  const mail::MessageContent& content);

    /// What came of MAIL, RCPT and DATA.
    struct Opening {
        std::optional<Reply> mailRefusal;
        std::vector<Reply> recipients;
        std::optional<Reply> data;  ///< when DATA was said (not for BDAT)
        [[nodiscard]] bool anyAccepted() const {
            return std::any_of(recipients.begin(), recipients.end(), isSuccess);
        }
        /// Whether the peer waits for content.
        [[nodiscard]] bool mayStart() const {
            return data && data->code >= 300 && data->code < 400;
        }
    };

    Result<TransactionResult, ClientFailure> giveUp(Opening opening, std::size_t count);
    static TransactionResult refuseAll(Opening opening);
    [[nodiscard]] std::optional<Reply> unsuitable(const ContentNeeds& needs, bool utf8) const;
    [[nodiscard]] std::string mailCommand(const mail::Envelope& envelope, const ContentNeeds& needs,
                                          bool utf8, std::uint64_t size) const;
    [[nodiscard]] std::string rcptCommand(const mail::EnvelopeRecipient& recipient) const;
    Result<Opening, ClientFailure> open(const std::vector<std::string>& commands);
    Said takeReply(Opening& opening, const std::string& command);
    Said streamLines(const mail::MessageContent& content);
    Said streamChunk(const mail::MessageContent& content);
    Said sendNothing();
    Result<TransactionResult, ClientFailure> conclude(std::vector<Reply> recipients);
};

SmtpClient::Dialogue::Maybe SmtpClient::Dialogue::greet() {
    auto greeting = readReply("greeting", timeouts.greeting);
    if (!greeting || !isSuccess(*greeting)) return greeting;
    const std::string_view words = greeting->lines.front();
    peerName = std::string(words.substr(0, words.find(' ')));

    auto reply = sayEhlo();
    if (protocol == Protocol::Lmtp || !reply || !reply->isPermanent()) return reply;
    // RFC 5321 section 4.1.1.1: a server that does not know EHLO may know HELO.
    return ask("HELO", "HELO " + ehloName);
}

std::optional<Reply> SmtpClient::Dialogue::unsuitable(const ContentNeeds& needs, bool utf8) const {
    if (utf8 && !offers("SMTPUTF8")) {
        return Reply{550, EnhancedStatus{5, 6, 7},
                     "the message needs SMTPUTF8, which the next hop does not offer"};
    }
    if (needs.binary && !(offers("CHUNKING") && offers("BINARYMIME"))) {
        return Reply{554, EnhancedStatus{5, 6, 3},
                     "the message has binary content, which the next hop does not take"};
    }
    if (needs.eightBit && !offers("8BITMIME")) {
        return Reply{554, EnhancedStatus{5, 6, 3},
                     "the message has 8-bit content, which the next hop does not take"};
    }
    return std::nullopt;
}

std::string SmtpClient::Dialogue::mailCommand(const mail::Envelope& envelope,
                                              const ContentNeeds& needs, bool utf8,
                                              std::uint64_t size) const {
    std::string command = "MAIL FROM:<" + envelope.reversePath.toString() + '>';
    if (offers("SIZE")) command += " SIZE=" + std::to_string(size);
    if (needs.binary) command += " BODY=BINARYMIME";
    if (needs.eightBit) command += " BODY=8BITMIME";
    if (utf8) command += " SMTPUTF8";
    if (envelope.parameters.requireTls && offers("REQUIRETLS")) command += " REQUIRETLS";
    if (offers("DSN")) command += dsnMailParameters(envelope.parameters);
    return command;
}

std::string SmtpClient::Dialogue::rcptCommand(const mail::EnvelopeRecipient& recipient) const {
    std::string command = "RCPT TO:<" + recipient.path.toString() + '>';
    if (offers("DSN")) command += dsnRcptParameters(recipient.parameters);
    return command;
}

/// Sends the commands, in groups where the peer pipelines (RFC 2920 section 3.1: DATA only as the
/// last of one), and stops as soon as going on is pointless.
Result<SmtpClient::Dialogue::Opening, ClientFailure> SmtpClient::Dialogue::open(
    const std::vector<std::string>& commands) {
    const std::size_t depth = offers("PIPELINING") ? pipelineDepth : 1;
    Opening opening;
    for (std::size_t first = 0; first < commands.size(); first += depth) {
        const auto last = std::min(first + depth, commands.size());
        if (opening.mailRefusal) break;
        if (commands[first] == dataCommand && !opening.anyAccepted()) break;
        allow(timeouts.command);
        for (auto i = first; i < last; ++i) {
            if (auto said = say("transaction", commands[i]); !said) return Unexpected{said.error()};
        }
        for (auto i = first; i < last; ++i) {
            if (auto taken = takeReply(opening, commands[i]); !taken) {
                return Unexpected{taken.error()};
            }
        }
    }
    return opening;
}

/// The reply to one of MAIL, the RCPTs, DATA.
SmtpClient::Dialogue::Said SmtpClient::Dialogue::takeReply(Opening& opening,
                                                           const std::string& command) {
    const bool isMail = command.starts_with("MAIL");
    const bool isData = command == dataCommand;
    auto reply = isMail   ? readReply("MAIL", timeouts.command)
                 : isData ? readReply("DATA", timeouts.dataInit)
                          : readReply("RCPT", timeouts.command);
    if (!reply) return Unexpected{reply.error()};
    if (isData) {
        opening.data = std::move(*reply);
    } else if (!isMail) {
        opening.recipients.push_back(decided(std::move(*reply)));
    } else if (isSuccess(*reply)) {
        openTransaction = true;
    } else {
        opening.mailRefusal = decided(std::move(*reply));
    }
    return Done{};
}

/// After 354: dot-stuffed lines and the end mark.
SmtpClient::Dialogue::Said SmtpClient::Dialogue::streamLines(const mail::MessageContent& content) {
    constexpr std::string_view where = "content";
    const auto reader = content.open();
    DataEncoder encoder;
    std::string piece(pieceSize, '\0');
    std::string wire;
    for (;;) {
        const auto got = reader->read(piece);
        wire.clear();
        if (got == 0) {
            encoder.finish(wire);
        } else {
            encoder.feed(std::string_view(piece).substr(0, got), wire);
        }
        allow(timeouts.dataBlock);
        if (const auto written = channel->write(wire); !written)
            return fail(where, written.error());
        if (got == 0) return Done{};
    }
}

/// All of it as it is, in one chunk (RFC 3030 section 2). Octets that do not come as announced end
/// the connection: the peer must not take what follows for them.
SmtpClient::Dialogue::Said SmtpClient::Dialogue::streamChunk(const mail::MessageContent& content) {
    constexpr std::string_view where = "content";
    allow(timeouts.dataBlock);
    const std::string command = "BDAT " + std::to_string(content.size()) + " LAST";
    if (auto said = say(where, command); !said) return said;
    const auto reader = content.open();
    std::string piece(pieceSize, '\0');
    std::uint64_t sent = 0;
    while (const auto got = reader->read(piece)) {
        allow(timeouts.dataBlock);
        const auto written = channel->write(std::string_view(piece).substr(0, got));
        if (!written) return fail(where, written.error());
        sent += got;
    }
    if (sent != content.size()) return fail(where, "the stored message is incomplete");
    return Done{};
}

/// The peer said 354 though it took no recipient: an empty message to nobody (RFC 2920
/// section 3.1).
SmtpClient::Dialogue::Said SmtpClient::Dialogue::sendNothing() {
    // LMTP has no reply to content without recipients (RFC 2033 section 4.2): there is no way back.
    if (protocol == Protocol::Lmtp) {
        unusable = true;
        return Done{};
    }
    if (auto reply = ask("end of data", "."); !reply) return Unexpected{reply.error()};
    return Done{};
}

/// The reply to the content for all accepted recipients, or with LMTP one for each (RFC 2033
/// section 4.2).
Result<TransactionResult, ClientFailure> SmtpClient::Dialogue::conclude(
    std::vector<Reply> recipients) {
    std::optional<Reply> common;
    bool anyDecided = false;
    for (auto& recipient : recipients) {
        if (!isSuccess(recipient)) continue;
        if (!common) {
            auto reply = readReply("end of data", timeouts.dataEnd);
            // What has been answered stands; for the others nobody knows, so: later.
            if (!reply && !anyDecided) return Unexpected{reply.error()};
            if (!reply) {
                common = Reply{451, EnhancedStatus{4, 4, 2},
                               "no reply to the content: " + reply.error().what};
                recipient = *common;
                continue;
            }
            anyDecided = true;
            if (protocol == Protocol::Lmtp) {
                recipient = decided(std::move(*reply));
                continue;
            }
            common = decided(std::move(*reply));
        }
        recipient = *common;
    }
    return TransactionResult{std::move(recipients)};
}

Result<TransactionResult, ClientFailure> SmtpClient::Dialogue::send(
    const mail::Envelope& envelope, const mail::MessageContent& content) {
    const auto count = envelope.recipients.size();
    contentBegun = false;
    if (unusable) return fail("transaction", "the connection is not usable any more");
    if (std::exchange(openTransaction, false)) {
        if (auto reset = ask("RSET", "RSET"); !reset) return Unexpected{reset.error()};
    }
    const auto needs = examine(content, envelope.parameters.body);
    const bool utf8 =
        hasUtf8Address(envelope) || (envelope.parameters.smtputf8 && needs.utf8Header);
    if (const auto refusal = unsuitable(needs, utf8)) {
        return TransactionResult{std::vector<Reply>(count, *refusal), true};
    }

    std::vector<std::string> commands{mailCommand(envelope, needs, utf8, content.size())};
    for (const auto& recipient : envelope.recipients)
        commands.push_back(rcptCommand(recipient));
    if (!needs.binary) commands.emplace_back(dataCommand);
    auto opening = open(commands);
    if (!opening) return Unexpected{opening.error()};

    if (opening->mailRefusal || !opening->anyAccepted()) {
        return giveUp(std::move(*opening), envelope.recipients.size());
    }
    if (!needs.binary && !opening->mayStart()) return refuseAll(std::move(*opening));
    // From here to the last reply, anything else we said would become part of the message.
    unusable = true;
    contentBegun = true;
    auto streamed = needs.binary ? streamChunk(content) : streamLines(content);
    if (!streamed) return Unexpected{streamed.error()};
    unusable = false;
    openTransaction = false;
    return conclude(std::move(opening->recipients));
}

/// Nobody was accepted.
Result<TransactionResult, ClientFailure> SmtpClient::Dialogue::giveUp(Opening opening,
                                                                      std::size_t count) {
    if (opening.mayStart()) {
        if (auto nothing = sendNothing(); !nothing) return Unexpected{nothing.error()};
        openTransaction = false;
    }
    if (opening.mailRefusal) {
        return TransactionResult{std::vector<Reply>(count, *opening.mailRefusal)};
    }
    return TransactionResult{std::move(opening.recipients)};
}

/// DATA was refused: that decides for all who were accepted.
TransactionResult SmtpClient::Dialogue::refuseAll(Opening opening) {
    auto refusal = *opening.data;
    if (isSuccess(refusal)) {
        refusal = {451, EnhancedStatus{4, 5, 0}, "unexpected reply: " + refusal.toString()};
    }
    std::replace_if(opening.recipients.begin(), opening.recipients.end(), isSuccess, refusal);
    return {std::move(opening.recipients)};
}

SmtpClient::SmtpClient(std::unique_ptr<LineChannel> channel, Protocol protocol,
                       std::string ehloName, Deadline deadline, const ClientTimeouts& timeouts)
    : dialogue_(std::make_unique<Dialogue>(Dialogue{std::move(channel),
                                                    protocol,
                                                    std::move(ehloName),
                                                    deadline,
                                                    timeouts,
                                                    {},
                                                    {},
                                                    false,
                                                    false,
                                                    false})) {}

SmtpClient::~SmtpClient() = default;

Result<Reply, ClientFailure> SmtpClient::greet() {
    return dialogue_->greet();
}

bool SmtpClient::offers(std::string_view keyword) const {
    return dialogue_->offers(keyword);
}

std::string SmtpClient::parameterOf(std::string_view keyword) const {
    const auto found = dialogue_->extensions.find(keyword);
    return found == dialogue_->extensions.end() ? std::string{} : found->second;
}

const std::string& SmtpClient::peerName() const {
    return dialogue_->peerName;
}

Result<ClientTlsResult, ClientFailure> SmtpClient::startTls(TlsClient& tls,
                                                            const std::string& peerName) {
    auto& dialogue = *dialogue_;
    auto reply = dialogue.ask("STARTTLS", "STARTTLS");
    if (!reply) return Unexpected{reply.error()};
    if (!isSuccess(*reply)) return dialogue.fail("STARTTLS", reply->toString());
    // Whatever came along with the 220 came in clear text: nobody may take it for an answer given
    // under TLS.
    dialogue.channel->discardBuffered();
    const auto limit = dialogue.deadline.orSooner(Deadline::after(dialogue.timeouts.command));
    auto shaken = tls.startTls(*dialogue.channel, peerName, limit);
    if (!shaken) return dialogue.fail("TLS handshake", shaken.error());
    auto ehlo = dialogue.sayEhlo();
    if (!ehlo) return Unexpected{ehlo.error()};
    if (!isSuccess(*ehlo)) return dialogue.fail("EHLO after STARTTLS", ehlo->toString());
    return std::move(*shaken);
}

Result<TransactionResult, ClientFailure> SmtpClient::send(const mail::Envelope& envelope,
                                                          const mail::MessageContent& content) {
    return dialogue_->send(envelope, content);
}

bool SmtpClient::sentContent() const noexcept {
    return dialogue_->contentBegun;
}

void SmtpClient::renew(Deadline deadline) noexcept {
    dialogue_->deadline = deadline;
}

void SmtpClient::quit() noexcept {
    constexpr std::chrono::seconds politeness{5};
    if (!dialogue_->unusable) {
        dialogue_->allow(politeness);
        const auto said = dialogue_->channel->write("QUIT\r\n");
        static_cast<void>(said);  // whatever it was, the channel is closed next
    }
    dialogue_->channel->close();
}

}  // namespace postrider::net
