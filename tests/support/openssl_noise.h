#pragma once

#include <openssl/err.h>
#include <openssl/pem.h>

namespace postrider::test {

/// Leaves an error in OpenSSL's queue of this thread, as other code of a pooled thread might.
/// Whether it is there.
inline bool leaveOpensslError() {
    BIO* noise = BIO_new_mem_buf("no PEM here", -1);
    X509_free(PEM_read_bio_X509(noise, nullptr, nullptr, nullptr));
    BIO_free(noise);
    return ERR_peek_error() != 0;
}

}  // namespace postrider::test
