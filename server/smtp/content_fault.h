#pragma once

namespace postrider::smtp {

/// Why content could not be taken in. Said by DATA in every case but BareLineEnd, and by BDAT
/// always, after all of it was read.
enum class ContentFault {
    TooBig,        ///< 552 5.3.4
    BareLineEnd,   ///< a bare CR or LF, or NUL (SMTP smuggling). DATA: 521 5.5.2 and close, since
                   ///< nobody knows where the content ends; BDAT: 554 5.6.0
    NoRoom,        ///< the disk is full: 452 4.3.1
    StorageError,  ///< 451 4.3.0
};

}  // namespace postrider::smtp
