#pragma once

#include "common/base/text.h"

#include <gsasl.h>
#include <memory>
#include <stdexcept>
#include <string>

namespace postrider::test {

/// A client of SCRAM by GNU SASL, which is not ours: what it says, in base64. One exchange.
class ScramClient {
public:
    /// `channelBinding` (octets) is given to the mechanism when it is not empty.
    ScramClient(const char* mechanism, const std::string& user, const std::string& password,
                const std::string& channelBinding = "") {
        Gsasl* context = nullptr;
        require(gsasl_init(&context));
        context_.reset(context);
        Gsasl_session* session = nullptr;
        require(gsasl_client_start(context, mechanism, &session));
        session_.reset(session);
        set(GSASL_AUTHID, user);
        set(GSASL_PASSWORD, password);
        if (!channelBinding.empty()) {
            set(GSASL_CB_TLS_EXPORTER, text::toBase64(channelBinding));
        }
    }

    void actAs(const std::string& user) { set(GSASL_AUTHZID, user); }

    /// The answer to what the server said, which is base64 as well; empty at the end.
    std::string answer(const std::string& challenge) {
        char* output = nullptr;
        const int code = gsasl_step64(session_.get(), challenge.c_str(), &output);
        const std::unique_ptr<char, decltype(&gsasl_free)> owner{output, gsasl_free};
        if (code != GSASL_NEEDS_MORE) require(code);
        return output == nullptr ? std::string{} : std::string{output};
    }

private:
    static void require(int code) {
        if (code != GSASL_OK) throw std::runtime_error{gsasl_strerror(code)};
    }
    void set(Gsasl_property name, const std::string& value) {
        require(gsasl_property_set(session_.get(), name, value.c_str()));
    }

    std::unique_ptr<Gsasl, decltype(&gsasl_done)> context_{nullptr, gsasl_done};
    std::unique_ptr<Gsasl_session, decltype(&gsasl_finish)> session_{nullptr, gsasl_finish};
};

}  // namespace postrider::test
