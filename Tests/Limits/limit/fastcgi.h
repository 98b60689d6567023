// FastCGI 1.0 as nginx speaks it to a responder: one request at a time on each of several kept connections.
// Anything else closes the connection. Nothing is copied: a request's texts lie in the connection's input.
#ifndef FASTCGI_H
#define FASTCGI_H

#include "request.h"
#include "session.h"

enum {
    RECORD_HEADER = 8,
    RECORD_CONTENT = 65528,  // of an answer: at most, and a multiple of 8
    PARAMETER_BYTES = 65535,
    // All parameters, a body, and the headers and padding of their records, however small nginx cuts those.
    INPUT_BYTES = PARAMETER_BYTES + BODY_BYTES + 65536,
    OUTPUT_BYTES = ANSWER_BYTES + 1024,
};

typedef struct {
    size_t at, length;
} range;

typedef struct connection {
    int descriptor;
    bool keeps;   // stays open behind this request
    bool waits;   // for Redis
    bool is_gone; // closed while it waited
    bool has_begun, has_parameters;
    unsigned id;
    size_t received, scanned;
    range parameters, body;
    text unsent;
    request request;
    char input[INPUT_BYTES];
    char output[OUTPUT_BYTES];
} connection;

typedef enum { INCOMPLETE, COMPLETE, BROKEN } progress;

// Looks at what was received and not yet scanned.
progress fastcgi_scan(connection *connection, parameters *parameters);

// Where the answer is to be written.
output fastcgi_answer(connection *connection);

// Puts the answer into records, behind which the request ends: `unsent` is what is to be sent.
void fastcgi_frame(connection *connection, const output *answer);

// The request is answered: another may follow. What was received of that stays.
void fastcgi_finish(connection *connection);

#endif
