#include "server/dsn/dsn_policy.h"

namespace postrider::dsn {

namespace {

bool wants(const mail::ReversePath& reversePath, const mail::RcptParameters& parameters,
           mail::NotifyOn when, bool unlessSaid) {
    if (reversePath.isNull()) return false;
    return parameters.notify ? parameters.notify->contains(when) : unlessSaid;
}

}  // namespace

bool wantsFailureReport(const mail::ReversePath& reversePath,
                        const mail::RcptParameters& parameters) {
    return wants(reversePath, parameters, mail::NotifyOn::Failure, true);
}

bool wantsSuccessReport(const mail::ReversePath& reversePath,
                        const mail::RcptParameters& parameters) {
    return wants(reversePath, parameters, mail::NotifyOn::Success, false);
}

bool wantsDelayReport(const mail::ReversePath& reversePath, const mail::RcptParameters& parameters,
                      Sender sender) {
    return wants(reversePath, parameters, mail::NotifyOn::Delay, sender == Sender::OurUser);
}

std::string whyNoReport(const mail::ReversePath& reversePath) {
    return reversePath.isNull() ? "the null reverse-path gets no notification"
                                : "the client did not want a notification of failure";
}

}  // namespace postrider::dsn
