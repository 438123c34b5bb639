#pragma once

#include <cstddef>
#include <cstdint>

/// The numbers and letters of the milter protocol, version 6: what sendmail's mfdef.h calls SMFI*.
namespace postrider::hooks::milter {

inline constexpr std::uint32_t newestVersion = 6;
/// The first one whose negotiation has the shape that all later ones have.
inline constexpr std::uint32_t oldestVersion = 2;
inline constexpr std::uint32_t firstVersionWithData = 4;

/// Octets in one piece of body.
inline constexpr std::size_t bodyPiece = 65'535;
/// Octets in one packet that we take: far more than any field or piece of body that is sent.
inline constexpr std::size_t longestPacket = std::size_t{256} * 1024;

/// What we say.
enum class Command : char {
    Abort = 'A',
    BodyPiece = 'B',
    Connect = 'C',
    Macros = 'D',
    EndOfBody = 'E',
    Helo = 'H',
    HeaderField = 'L',
    Mail = 'M',
    EndOfHeader = 'N',
    Negotiate = 'O',
    Quit = 'Q',
    Recipient = 'R',
    Data = 'T',
};

/// What a milter may do to a message: bits of the second number of the negotiation.
namespace action {
inline constexpr std::uint32_t addFields = 0x01;
inline constexpr std::uint32_t changeBody = 0x02;
inline constexpr std::uint32_t addRecipients = 0x04;
inline constexpr std::uint32_t removeRecipients = 0x08;
inline constexpr std::uint32_t changeFields = 0x10;
inline constexpr std::uint32_t quarantine = 0x20;
inline constexpr std::uint32_t changeSender = 0x40;
inline constexpr std::uint32_t addRecipientsWithParameters = 0x80;
inline constexpr std::uint32_t chooseMacros = 0x100;
inline constexpr std::uint32_t all = 0x1ff;
}  // namespace action

/// What need not be said, what need not be answered: bits of the third number.
namespace step {
inline constexpr std::uint32_t noConnect = 0x01;
inline constexpr std::uint32_t noHelo = 0x02;
inline constexpr std::uint32_t noMail = 0x04;
inline constexpr std::uint32_t noRecipient = 0x08;
inline constexpr std::uint32_t noBody = 0x10;
inline constexpr std::uint32_t noHeader = 0x20;
inline constexpr std::uint32_t noEndOfHeader = 0x40;
inline constexpr std::uint32_t silentHeader = 0x80;
inline constexpr std::uint32_t noUnknown = 0x100;
inline constexpr std::uint32_t noData = 0x200;
inline constexpr std::uint32_t maySkip = 0x400;  ///< the rest of a body
inline constexpr std::uint32_t silentConnect = 0x1000;
inline constexpr std::uint32_t silentHelo = 0x2000;
inline constexpr std::uint32_t silentMail = 0x4000;
inline constexpr std::uint32_t silentRecipient = 0x8000;
inline constexpr std::uint32_t silentData = 0x10000;
inline constexpr std::uint32_t silentUnknown = 0x20000;
inline constexpr std::uint32_t silentEndOfHeader = 0x40000;
inline constexpr std::uint32_t silentBody = 0x80000;
inline constexpr std::uint32_t leadingSpace = 0x100000;  ///< values begin right after the colon
/// All but 0x800: recipients that we refuse are nobody's business.
inline constexpr std::uint32_t all = 0x1ff7ff;
}  // namespace step

/// Before which command macros are sent.
enum class Stage : std::uint32_t {
    Connect = 0,
    Helo = 1,
    Mail = 2,
    Recipient = 3,
    Data = 4,
    EndOfMessage = 5,
    EndOfHeader = 6,
};

}  // namespace postrider::hooks::milter
