#include "token.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>

#include "json.h"

void secret_read(secret *secret, const char *path) {
    FILE *file = fopen(path, "r");
    if (file == NULL) fail("%s", path);
    secret->length = fread(secret->bytes, 1, sizeof secret->bytes, file);
    fclose(file);
    while (secret->length > 0 && secret->bytes[secret->length - 1] == '\n') secret->length--;
    errno = 0;
    if (secret->length < 32) fail("%s: a secret has at least 32 bytes", path);
}

static int sextet(char byte) {
    if (byte >= 'A' && byte <= 'Z') return byte - 'A';
    if (byte >= 'a' && byte <= 'z') return byte - 'a' + 26;
    if (byte >= '0' && byte <= '9') return byte - '0' + 52;
    return byte == '-' ? 62 : byte == '_' ? 63 : -1;
}

// base64url without padding (RFC 4648, section 5).
static bool decode(text encoded, output *out) {
    uint32_t bits = 0;
    int count = 0;
    for (size_t index = 0; index < encoded.length; index++) {
        int value = sextet(encoded.at[index]);
        if (value < 0) return false;
        bits = bits << 6 | (uint32_t)value;
        count += 6;
        if (count >= 8) {
            count -= 8;
            put(out, (text){(char[]){(char)(bits >> count)}, 1});
        }
    }
    return count < 6 && !out->overflowed;
}

static bool bearer(text authorization, text *token) {
    if (!text_begins(authorization, TEXT("Bearer "))) return false;
    *token = text_behind(authorization, sizeof "Bearer " - 1);
    return token->length <= TOKEN_BYTES;
}

static bool is_plain(text user) {
    if (user.length == 0 || user.length > USER_BYTES) return false;
    for (size_t index = 0; index < user.length; index++) {
        char byte = user.at[index];
        if (sextet(byte) < 0 && byte != '.') return false;
    }
    return true;
}

static bool verify(const secret *secret, text token, int64_t now, claims *claims) {
    const char *first = memchr(token.at, '.', token.length);
    if (first == NULL) return false;
    text header = {token.at, (size_t)(first - token.at)};
    text rest = text_behind(token, header.length + 1);
    const char *second = memchr(rest.at, '.', rest.length);
    if (second == NULL) return false;
    text payload = {rest.at, (size_t)(second - rest.at)};
    text signature = text_behind(rest, payload.length + 1);

    unsigned char expected[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    size_t covered = header.length + 1 + payload.length;
    if (HMAC(EVP_sha256(), secret->bytes, (int)secret->length, (const unsigned char *)token.at, covered, expected,
             &length) == NULL)
        return false;
    char bytes[TOKEN_BYTES];
    output out = output_to(bytes, sizeof bytes);
    if (!decode(signature, &out) || output_length(&out) != length || CRYPTO_memcmp(bytes, expected, length) != 0)
        return false;

    text value;
    out = output_to(bytes, sizeof bytes);
    if (!decode(header, &out) || !json_member(output_text(&out), TEXT("alg"), &value)) return false;
    if (!text_is(value, TEXT("\"HS256\""))) return false;
    out = output_to(bytes, sizeof bytes);
    if (!decode(payload, &out) || !json_member(output_text(&out), TEXT("exp"), &value)) return false;
    if (!text_number(value, &claims->expires) || claims->expires <= now) return false;
    if (!json_member(output_text(&out), TEXT("sub"), &value) || !json_is_string(value)) return false;
    text user = json_inside(value);
    if (!is_plain(user)) return false;
    memcpy(claims->user, user.at, user.length);
    claims->user_length = user.length;
    return true;
}

bool token_verify(const secret *secret, text authorization, int64_t now, claims *claims) {
    text token;
    return bearer(authorization, &token) && verify(secret, token, now, claims);
}

const claims *token_verify_cached(const secret *secret, text authorization, int64_t now) {
    static struct known {
        char token[TOKEN_BYTES];
        size_t length;
        claims claims;
    } table[4096];
    text token;
    if (!bearer(authorization, &token) || token.length < 8) return NULL;
    // A token ends with its signature, which is as good as random.
    uint64_t place;
    memcpy(&place, token.at + token.length - sizeof place, sizeof place);
    place *= 0x9e3779b97f4a7c15;
    struct known *known = &table[place >> 52];
    if (text_is((text){known->token, known->length}, token) && known->claims.expires > now) return &known->claims;
    claims fresh;
    if (!verify(secret, token, now, &fresh)) return NULL;
    memcpy(known->token, token.at, token.length);
    known->length = token.length;
    known->claims = fresh;
    return &known->claims;
}
