// Who sends a request: a JSON Web Token signed with HS256 (RFC 7519, 7515).
#ifndef TOKEN_H
#define TOKEN_H

#include "text.h"

enum { TOKEN_BYTES = 1024, USER_BYTES = 128, SECRET_BYTES = 4096 };

typedef struct {
    char bytes[SECRET_BYTES];
    size_t length;
} secret;

// Reads a file of one line, or fails.
void secret_read(secret *secret, const char *path);

// A user's id is at most USER_BYTES of letters, digits, '.', '_' and '-': others would have to be encoded in keys.
typedef struct {
    char user[USER_BYTES];
    size_t user_length;
    int64_t expires;  // seconds since 1970
} claims;

// Checks all of it: form, algorithm, signature, `exp`. `authorization` is the header's value.
bool token_verify(const secret *secret, text authorization, int64_t now, claims *claims);

// The same, but a token that was good is known again by its bytes, until it expires. For one thread.
const claims *token_verify_cached(const secret *secret, text authorization, int64_t now);

#endif
