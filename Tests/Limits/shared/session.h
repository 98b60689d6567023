// What each operation asks of Redis, and the answer that Redis' replies come to.
#ifndef SESSION_H
#define SESSION_H

#include "hot.h"
#include "reply.h"
#include "request.h"

// Room that any command and any answer finds enough, with a body of BODY_BYTES; answers beyond it become a 500.
enum { BODY_BYTES = 65536, COMMAND_BYTES = BODY_BYTES + 8192, ANSWER_BYTES = 1 << 20 };

// Writes the commands of a request, and answers how many replies will come. `in_one_call`: a load is one script.
int session_command(const request *request, const hot *hot, bool in_one_call, output *redis);

// The whole answer, headers and body, as CGI has it. `replies`: those of the commands, and no others.
void session_answer(const request *request, const replies *replies, output *out);

// An answer without a session: 200 with `{}`, or a refusal.
void plain_answer(int status, text request_id, output *out);

#endif
