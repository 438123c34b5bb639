#include "server/dsn/dsn_policy.h"

namespace postrider::dsn {

bool wantsFailureReport(const mail::ReversePath& reversePath,
                        const mail::RcptParameters& parameters) {
    if (reversePath.isNull()) return false;
    return !parameters.notify || parameters.notify->contains(mail::NotifyOn::Failure);
}

std::string whyNoReport(const mail::ReversePath& reversePath) {
    return reversePath.isNull() ? "the null reverse-path gets no notification"
                                : "the client did not want a notification of failure";
}

}  // namespace postrider::dsn
