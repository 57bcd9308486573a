/* HTTP: takes requests from libevent's evhttp, starts their handlers and sends what they answer. */
#ifndef CHARACTER_API_DISPATCH_H
#define CHARACTER_API_DISPATCH_H

#include <stdint.h>

#include "db.h"

struct server;

/**
 * Listens on 127.0.0.1. `loop` and `db` are borrowed.
 * @param port  0: any free one, *port says which
 * @return NULL with errno set when the port cannot be had
 */
struct server *server_new(struct loop *loop, struct db *db, uint16_t *port);

/** Takes no more connections and ends the loop when the last answer has left. */
void server_drain(struct server *server);

/** Closes all connections. Accepts NULL. */
void server_free(struct server *server);

#endif
