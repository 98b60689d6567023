#include "fastcgi.h"

// Section 8 of the specification.
enum { BEGIN_REQUEST = 1, ABORT_REQUEST = 2, END_REQUEST = 3, PARAMS = 4, STDIN = 5, STDOUT = 6 };
enum { RESPONDER = 1, KEEP_CONN = 1, TRAILER = 2 * RECORD_HEADER + 8 };

// Another piece of a stream: put behind the earlier ones, where most are the only one and stay where they are.
static bool extend(connection *connection, range *stream, size_t at, size_t length, size_t limit) {
    if (stream->length == 0) stream->at = at;
    if (stream->length + length > limit) return false;
    memmove(connection->input + stream->at + stream->length, connection->input + at, length);
    stream->length += length;
    return true;
}

static progress take_record(connection *connection, unsigned type, size_t at, size_t length) {
    const unsigned char *content = (const unsigned char *)connection->input + at;
    switch (type) {
    case BEGIN_REQUEST:
        if (connection->has_begun || length != 8) return BROKEN;
        if ((content[0] << 8 | content[1]) != RESPONDER) return BROKEN;
        connection->keeps = (content[2] & KEEP_CONN) != 0;
        connection->has_begun = true;
        return INCOMPLETE;
    case PARAMS:
        if (!connection->has_begun || connection->has_parameters) return BROKEN;
        if (length == 0) connection->has_parameters = true;
        return extend(connection, &connection->parameters, at, length, PARAMETER_BYTES) ? INCOMPLETE : BROKEN;
    case STDIN:
        if (!connection->has_parameters) return BROKEN;
        if (length == 0) return COMPLETE;
        return extend(connection, &connection->body, at, length, BODY_BYTES) ? INCOMPLETE : BROKEN;
    default: return BROKEN;
    }
}

// A length of one byte, or of four with the top bit set (section 3.4).
static bool read_length(text *stream, size_t *length) {
    const unsigned char *at = (const unsigned char *)stream->at;
    if (stream->length == 0) return false;
    if (at[0] < 128) {
        *length = at[0];
        *stream = text_behind(*stream, 1);
        return true;
    }
    if (stream->length < 4) return false;
    *length = (size_t)(at[0] & 127) << 24 | (size_t)at[1] << 16 | (size_t)at[2] << 8 | at[3];
    *stream = text_behind(*stream, 4);
    return true;
}

static bool read_parameters(text stream, parameters *parameters) {
    while (stream.length > 0) {
        size_t name, value;
        if (!read_length(&stream, &name) || !read_length(&stream, &value)) return false;
        if (name > stream.length || value > stream.length - name) return false;
        parameters_take(parameters, (text){stream.at, name}, (text){stream.at + name, value});
        stream = text_behind(stream, name + value);
    }
    return true;
}

progress fastcgi_scan(connection *connection, parameters *parameters) {
    for (;;) {
        size_t left = connection->received - connection->scanned;
        const unsigned char *header = (const unsigned char *)connection->input + connection->scanned;
        if (left < RECORD_HEADER) break;
        size_t length = (size_t)(header[4] << 8 | header[5]), whole = RECORD_HEADER + length + header[6];
        if (left < whole) break;
        unsigned id = (unsigned)(header[2] << 8 | header[3]);
        if (header[0] != 1 || id == 0) return BROKEN;
        if (!connection->has_begun) connection->id = id;
        if (id != connection->id) return BROKEN;
        size_t at = connection->scanned + RECORD_HEADER;
        connection->scanned += whole;
        progress progress = take_record(connection, header[1], at, length);
        if (progress != COMPLETE) {
            if (progress == BROKEN) return BROKEN;
            continue;
        }
        *parameters = (struct parameters){
            .body = {connection->input + connection->body.at, connection->body.length}};
        text stream = {connection->input + connection->parameters.at, connection->parameters.length};
        return read_parameters(stream, parameters) ? COMPLETE : BROKEN;
    }
    return connection->received == INPUT_BYTES ? BROKEN : INCOMPLETE;
}

output fastcgi_answer(connection *connection) {
    return output_to(connection->output + RECORD_HEADER, ANSWER_BYTES);
}

static void write_header(char *at, unsigned type, unsigned id, size_t length) {
    unsigned char header[RECORD_HEADER] = {1, (unsigned char)type, (unsigned char)(id >> 8), (unsigned char)id,
                                           (unsigned char)(length >> 8), (unsigned char)length};
    memcpy(at, header, sizeof header);
}

void fastcgi_frame(connection *connection, const output *answer) {
    char *record = connection->output;
    size_t left = output_length(answer);
    while (left > RECORD_CONTENT) {
        write_header(record, STDOUT, connection->id, RECORD_CONTENT);
        record += RECORD_HEADER + RECORD_CONTENT;
        left -= RECORD_CONTENT;
        // Few answers are so long: room is made for another header.
        memmove(record + RECORD_HEADER, record, left);
    }
    write_header(record, STDOUT, connection->id, left);
    char *end = record + RECORD_HEADER + left;
    memset(end, 0, TRAILER);
    write_header(end, STDOUT, connection->id, 0);
    write_header(end + RECORD_HEADER, END_REQUEST, connection->id, 8);
    connection->unsent = (text){connection->output, (size_t)(end - connection->output) + TRAILER};
}

void fastcgi_finish(connection *connection) {
    connection->received -= connection->scanned;
    memmove(connection->input, connection->input + connection->scanned, connection->received);
    connection->scanned = 0;
    connection->has_begun = connection->has_parameters = false;
    connection->parameters = connection->body = (range){0, 0};
}
