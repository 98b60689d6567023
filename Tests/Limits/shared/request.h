// A request as nginx passes it on, and which of the few things it asks for.
#ifndef REQUEST_H
#define REQUEST_H

#include "id.h"
#include "text.h"
#include "token.h"

typedef enum { NOTHING, HEALTH, ACTIVITY, APPEND, METADATA, LOAD, CREATE } operation;

enum { MESSAGES_AT_MOST = 200 };

// The parameters that matter. They lie where the web server's bytes lie, as the body does.
typedef struct parameters {
    text method, uri, authorization, request_id, body;
} parameters;

// Takes a FastCGI parameter if it is one of those.
void parameters_take(parameters *parameters, text name, text value);

// What is to be done, for whom. Its texts lie in the request's bytes; ids that are made are in it.
typedef struct {
    operation operation;
    text request_id;
    char session[ID_BYTES], message[ID_BYTES];
    char user[USER_BYTES];
    size_t user_length;
    int messages;                    // how many a load wants
    text role, content;              // of an append: as JSON strings
    text message_metadata;           // the same: as JSON
    text name;                       // of a create, without quotes
    text metadata;                   // of a create or a PUT: as JSON
} request;

// Answers 0, or the status to be answered at once: 200 to a question for readiness, or a refusal's 400, 401, 404. `cached`: whether a verified token is known again.
int request_read(request *request, const parameters *parameters, const secret *secret, bool cached);

#endif
