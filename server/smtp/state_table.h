#pragma once

namespace postrider::smtp {

/// What a client may say. Foreign is another protocol's greeting, not SMTP at all; LostChunk a BDAT
/// that is not understood. Both end the session, whatever its phase.
enum class Verb {
    Helo,
    Ehlo,
    StartTls,
    Auth,
    Mail,
    Rcpt,
    Data,
    Bdat,
    LostChunk,
    Rset,
    Noop,
    Vrfy,
    Expn,
    Help,
    Quit,
    Foreign,
};

/// How far the dialogue has come.
enum class Phase {
    Connected,   ///< no EHLO or HELO yet, or none since TLS began
    Greeted,     ///< EHLO or HELO was accepted; no transaction
    MailGiven,   ///< a transaction without a recipient
    RcptGiven,   ///< a transaction with a recipient at least
    ChunkGiven,  ///< the message has begun with BDAT
    Barred,      ///< greeted with 554: nothing but QUIT (RFC 5321 section 3.1)
};

/// Whether a verb is in order, and if not, what is missing.
enum class Order { Allowed, HelloFirst, MailFirst, RcptFirst, InTransaction, InMessage, Barred };

/// The state table: verb by phase (RFC 5321 section 4.1.4). README.md prints it.
[[nodiscard]] Order orderOf(Verb verb, Phase phase);

}  // namespace postrider::smtp
