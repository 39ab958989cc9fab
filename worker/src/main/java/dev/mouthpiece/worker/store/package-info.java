/**
 * Everything SQL: sessions, which are the queue too, workers and their leases, avatars, keys. One schema and one set of statements for an embedded H2
 * file and for PostgreSQL. Times come from the database's clock, so that no worker's clock matters. Stateless but for the pool: any thread may
 * call, and every call may block; threads that serve media never come here.
 */
@NullMarked
package dev.mouthpiece.worker.store;

import org.jspecify.annotations.NullMarked;
