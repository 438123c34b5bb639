#pragma once

namespace postrider::ctl {

/// What the program ends with: the words of sysexits.h.
enum class ExitCode : int {
    Ok = 0,
    No = 1,             ///< the answer to a question is no
    Usage = 64,         ///< the command line makes no sense
    BadInput = 65,      ///< an address or password that cannot be
    NoInput = 66,       ///< a file or folder that should be there is not
    NoUser = 67,        ///< there is no such user, message or address
    Unavailable = 69,   ///< something else that is needed does not work
    CannotCreate = 73,  ///< it exists already, or may not be made
    InputOutput = 74,   ///< the disk refuses
    Temporary = 75,     ///< written down, but not done yet
    Config = 78,        ///< the configuration is broken
};

}  // namespace postrider::ctl
