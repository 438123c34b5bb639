#pragma once

#include "common/base/text.h"
#include "common/mail/date.h"
#include "tests/support/dialogue.h"
#include "tests/support/fake_authenticator.h"
#include "tests/support/fake_directory.h"
#include "tests/support/recording_reception.h"
#include "tests/support/scripted_gatekeeper.h"
#include "tests/support/session_driver.h"

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace postrider::test {

/// How the client's octets reach the session.
enum class Cut { Lines, Octets };

/// Plays one dialogue file against a Session with fakes (tests/dialogues/README.md). One thread.
class DialoguePlayer {
public:
    explicit DialoguePlayer(Cut cut) : cut_(cut) {
        options_.hostname = "mx.example.test";
        options_.maxHold = std::chrono::hours{24 * 7};
        options_.begin = mail::parseIsoTime("2026-01-01T00:00:00Z").value();
    }

    /// What went otherwise than written, "line 7: ..."; empty when nothing did.
    std::string play(const std::filesystem::path& file) {
        const auto lines = readDialogue(file);
        if (lines.empty()) return "no such dialogue";
        for (const auto& line : lines) {
            auto complaint = playLine(line);
            if (!complaint.empty()) {
                return "line " + std::to_string(line.number) + ": " + complaint;
            }
        }
        return checkEnd();
    }

private:
    using Complaint = std::string;

    Complaint playLine(const DialogueLine& line) {
        if (!driver_ && readHead(line.keyword, line.argument)) return "";
        if (!driver_) start();
        if (line.keyword != "CONTENT") content_ = 0;
        return readBody(line.keyword, line.argument);
    }

    bool readHead(const std::string& keyword, const std::string& argument) {
        const auto [first, rest] = splitWord(argument);
        if (keyword == "LISTENER") {
            facts_.listener = listenerFrom(argument);
        } else if (keyword == "TLS") {
            options_.tlsAvailable = argument != "none";
        } else if (keyword == "LOCAL") {
            directory_.add(argument);
        } else if (keyword == "USER") {
            authenticator_.add(first, rest);
        } else if (keyword == "OPTION") {
            setOption(first, rest);
        } else if (keyword == "STANDING") {
            directory_.add(first, standingFrom(rest));
        } else if (keyword == "ORIGINATOR") {
            const auto [address, standing] = splitWord(rest);
            auto& refused = standing == "not_theirs" ? directory_.notTheirs : directory_.notNow;
            refused.insert(first + ' ' + address);
        } else if (keyword == "HOOK") {
            const auto [what, reply] = splitWord(rest);
            gatekeeper_.answer(first, verdictFrom(what, reply));
        } else if (keyword == "SCRAM") {
            const std::string key(32, 'k');
            authenticator_.know({4096, "salt", key, key});
        } else if (keyword == "CLIENT") {
            facts_.trusted = argument == "trusted";
            facts_.spokeFirst = argument == "spoke-first";
        } else if (keyword == "LOGINS") {
            authenticator_.answerAlways(argument == "throttled" ? smtp::AuthOutcome::Throttled
                                                                : smtp::AuthOutcome::Unavailable);
        } else if (keyword == "RECEPTION") {
            reception_.refuseWith(replyFrom(argument));
        } else {
            return false;
        }
        return true;
    }

    void setOption(const std::string& name, const std::string& value) {
        const auto number = static_cast<unsigned>(std::stoul(value));
        if (name == "max_size") options_.maxMessageSize = number;
        if (name == "max_recipients") options_.maxRecipients = number;
        if (name == "max_errors") options_.maxErrors = number;
        if (name == "max_commands") options_.maxCommands = number;
        if (name == "max_unknown_recipients") options_.maxUnknownRecipients = number;
        if (name == "max_auth_failures") options_.maxAuthFailures = number;
        if (name == "max_hold") options_.maxHold = std::chrono::seconds{number};
        if (name == "require_tls") options_.requireTls = number != 0;
        if (name == "refuse_early_talkers") options_.refuseEarlyTalkers = number != 0;
    }

    void start() {
        facts_.id = "session0000001";
        if (facts_.listener == mail::ListenerKind::Submissions) {
            facts_.tls = mail::TlsFacts{"TLSv1.3", "TLS_AES_256_GCM_SHA384"};
        }
        driver_ = std::make_unique<SessionDriver>(
            options_, smtp::Ports{directory_, authenticator_, gatekeeper_, reception_}, facts_);
    }

    Complaint readBody(const std::string& keyword, const std::string& argument) {
        using Handler = Complaint (DialoguePlayer::*)(const std::string&);
        static const std::map<std::string, Handler> handlers{
            {"C", &DialoguePlayer::sendLine},
            {"C-RAW", &DialoguePlayer::sendRaw},
            {"C64", &DialoguePlayer::sendBase64},
            {"C-TIMES", &DialoguePlayer::sendTimes},
            {"S", &DialoguePlayer::expectLine},
            {"S-ALL", &DialoguePlayer::expectReply},
            {"S-NONE", &DialoguePlayer::expectSilence},
            {"HANDSHAKE", &DialoguePlayer::shakeHands},
            {"CLOSED", &DialoguePlayer::expectClosed},
            {"TIMEOUT", &DialoguePlayer::timeOut},
            {"SHUTDOWN", &DialoguePlayer::shutDown},
            {"ACCOUNT", &DialoguePlayer::changeAccount},
            {"MESSAGES", &DialoguePlayer::expectMessages},
            {"ENVELOPE", &DialoguePlayer::expectEnvelope},
            {"PARAMETERS", &DialoguePlayer::expectParameters},
            {"CONTENT", &DialoguePlayer::expectContent}};
        const auto found = handlers.find(keyword);
        if (found == handlers.end()) return "unknown keyword " + keyword;
        return (this->*found->second)(argument);
    }

    void send(const std::string& octets) {
        if (cut_ == Cut::Lines) return driver_->receive(octets);
        for (const char c : octets)
            driver_->receive({&c, 1});
    }

    Complaint sendLine(const std::string& text) { return send(text + "\r\n"), ""; }
    Complaint sendRaw(const std::string& text) { return send(unescape(text)), ""; }
    Complaint sendBase64(const std::string& text) {
        return send(text::toBase64(unescape(text)) + "\r\n"), "";
    }
    Complaint sendTimes(const std::string& argument) {
        const auto [count, piece] = splitWord(argument);
        std::string all;
        for (auto n = std::stoul(count); n > 0; --n)
            all += piece;
        return send(all), "";
    }

    Complaint expectLine(const std::string& pattern) {
        const auto line = driver_->nextLine();
        if (!line) return "the server is silent, not: " + pattern;
        const bool open = pattern.ends_with('*');
        const auto wanted = pattern.substr(0, pattern.size() - (open ? 1 : 0));
        const bool fits = open ? line->starts_with(wanted) : *line == wanted;
        return fits ? "" : "the server said: " + *line;
    }

    Complaint expectReply(const std::string& code) {
        for (;;) {
            const auto line = driver_->nextLine();
            if (!line) return "the server is silent, not: " + code;
            if (!line->starts_with(code)) return "the server said: " + *line;
            if (line->substr(3, 1) != "-") return "";
        }
    }

    Complaint expectSilence(const std::string&) {
        const auto line = driver_->nextLine();
        return line ? "the server said: " + *line : "";
    }

    Complaint expectClosed(const std::string&) {
        return driver_->closed() ? expectSilence("") : "the server has not closed";
    }

    Complaint shakeHands(const std::string&) {
        if (!driver_->awaitsTls()) return "the server does not wait for a handshake";
        return driver_->handshake(), "";
    }
    Complaint timeOut(const std::string&) { return driver_->timeOut(), ""; }
    Complaint changeAccount(const std::string& argument) {
        const auto [user, standing] = splitWord(argument);
        authenticator_.change(user, submitterFrom(standing));
        return "";
    }
    Complaint shutDown(const std::string&) { return driver_->shutDown(), ""; }

    Complaint expectMessages(const std::string& count) {
        const auto found = std::to_string(reception_.accepted().size());
        return found == count ? "" : "messages accepted: " + found;
    }

    Complaint expectEnvelope(const std::string& wanted) {
        if (reception_.accepted().empty()) return "no message was accepted";
        const auto& envelope = reception_.accepted().back().envelope;
        std::string found = "<" + envelope.reversePath.toString() + ">";
        for (const auto& recipient : envelope.recipients) {
            found += " <" + recipient.path.toString() + ">";
        }
        return found == wanted ? "" : "the envelope is: " + found;
    }

    Complaint expectParameters(const std::string& wanted) {
        if (reception_.accepted().empty()) return "no message was accepted";
        const auto& envelope = reception_.accepted().back().envelope;
        auto found = describe(envelope.parameters);
        for (const auto& recipient : envelope.recipients) {
            found += " |" + describe(recipient.parameters);
        }
        return found == " " + wanted ? "" : "the parameters are:" + found;
    }

    static std::string describe(const mail::MailParameters& parameters) {
        std::string text{" " + std::string{mail::toString(parameters.body)}};
        if (parameters.ret) text.append(" RET=").append(mail::toString(*parameters.ret));
        if (parameters.envid) text += " ENVID=" + *parameters.envid;
        if (parameters.requireTls) text += " REQUIRETLS";
        if (parameters.holdFor) text += " HOLDFOR=" + std::to_string(parameters.holdFor->count());
        if (parameters.holdUntil)
            text += " HOLDUNTIL=" + mail::formatIsoTime(*parameters.holdUntil);
        return text;
    }

    static std::string describe(const mail::RcptParameters& parameters) {
        std::string text;
        if (parameters.notify) text += " NOTIFY=" + mail::notifyToString(parameters.notify);
        if (parameters.orcpt)
            text += " ORCPT=" + parameters.orcpt->type + ";" + parameters.orcpt->address;
        return text;
    }

    Complaint expectContent(const std::string& line) {
        if (reception_.accepted().empty()) return "no message was accepted";
        const auto& all = reception_.accepted().back().content;
        const auto end = all.find("\r\n", content_);
        if (end == std::string::npos) return "the content is at its end";
        const auto found = all.substr(content_, end - content_);
        content_ = end + 2;
        return found == line ? "" : "the content has: " + found;
    }

    Complaint checkEnd() {
        if (!driver_) return "nothing but a head";
        if (const auto line = driver_->nextLine()) return "left unread at the end: " + *line;
        for (const auto& [line, reply] : driver_->exchanges()) {
            auto complaint = checkForm(line, reply);
            if (!complaint.empty()) return complaint + ": " + reply.toString();
        }
        return "";
    }

    /// RFC 5321 sections 4.2 and 4.5.3.1.5, RFC 2034 section 4.
    static Complaint checkForm(const std::string& line, const mail::Reply& reply) {
        const bool isCode = reply.code >= 200 && reply.code < 560 && reply.code / 10 % 10 <= 5;
        if (!isCode) return "a reply lacks a code of SMTP";
        for (const auto& text : reply.lines) {
            if (text.size() > 490) return "a reply line is too long";
        }
        const bool isHello = line.empty() || text::startsWithIgnoreCase(line, "EHLO") ||
                             text::startsWithIgnoreCase(line, "HELO");
        const bool needsStatus = !isHello && reply.code / 100 != 3;
        if (needsStatus && !reply.status) return "a reply lacks its enhanced status";
        if (reply.status && reply.status->klass != reply.code / 100) {
            return "an enhanced status does not fit its code";
        }
        return "";
    }

    static std::pair<std::string, std::string> splitWord(const std::string& text) {
        const auto space = text.find(' ');
        if (space == std::string::npos) return {text, ""};
        return {text.substr(0, space), text.substr(space + 1)};
    }

    static smtp::Standing standingFrom(const std::string& name) {
        if (name == "unusable") return smtp::Standing::Unusable;
        return name == "disabled" ? smtp::Standing::Disabled : smtp::Standing::TemporaryFailure;
    }

    static smtp::SubmitterStanding submitterFrom(const std::string& name) {
        if (name == "enabled") return smtp::SubmitterStanding::MaySend;
        return name == "disabled" ? smtp::SubmitterStanding::MayNot
                                  : smtp::SubmitterStanding::TemporaryFailure;
    }

    static mail::ListenerKind listenerFrom(const std::string& name) {
        if (name == "submission") return mail::ListenerKind::Submission;
        return name == "smtp" ? mail::ListenerKind::Smtp : mail::ListenerKind::Submissions;
    }

    static mail::Reply replyFrom(const std::string& text) {
        mail::ReplyReader reader;
        static_cast<void>(reader.add(text));
        return std::move(reader).reply();
    }

    static mail::Verdict verdictFrom(const std::string& what, const std::string& reply) {
        if (what == "refuse") return mail::Refuse{replyFrom(reply)};
        if (what == "discard") return mail::Discard{"told so by the test"};
        return mail::Disconnect{reply.empty() ? mail::Reply{} : replyFrom(reply)};
    }

    Cut cut_;
    smtp::SessionOptions options_;
    mail::SessionFacts facts_{{}, {IpAddress::v4({192, 0, 2, 1}), 4321}, {}, {}, {}, {}, {}};
    FakeDirectory directory_;
    FakeAuthenticator authenticator_;
    ScriptedGatekeeper gatekeeper_;
    RecordingReception reception_;
    std::unique_ptr<SessionDriver> driver_;
    std::size_t content_ = 0;  ///< how far CONTENT lines have come
};

}  // namespace postrider::test
