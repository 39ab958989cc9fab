/**
 * The data plane of a room session: packets with their numbers, byte streams in, remote calls both ways.
 *
 * <p>Threads: all of it runs in the session's turn. What others send is not trusted: the unknown is dropped and counted, and
 * every table has a bound.
 */
@NullMarked
package dev.mouthpiece.worker.livekit.data;

import org.jspecify.annotations.NullMarked;
