// The one question the programs have of a body: where in it a member's value lies.
#ifndef JSON_H
#define JSON_H

#include "text.h"

// The value of the member `name` of the object that `document` is, as it stands there: a string with its quotes.
// False where there is none, or where `document` isn't an object. What lies behind the value isn't looked at.
bool json_member(text document, text name, text *value);

static inline bool json_is_string(text value) { return value.length >= 2 && value.at[0] == '"'; }

static inline bool json_is_object(text value) { return value.length >= 2 && value.at[0] == '{'; }

// What is between a string's quotes; its escapes stay.
static inline text json_inside(text string) { return (text){string.at + 1, string.length - 2}; }

#endif
