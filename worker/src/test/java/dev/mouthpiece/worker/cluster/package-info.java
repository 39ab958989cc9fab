/**
 * Several workers on one store, as processes of their own: started as the product starts them, over a real PostgreSQL and a real LiveKit server, then killed, stopped, cut
 * off. What became of the sessions is read from the database, from the room and from what the processes say. Everything is used by the test's own thread.
 */
@NullMarked
package dev.mouthpiece.worker.cluster;

import org.jspecify.annotations.NullMarked;
