/**
 * The real parts that tests run against: a LiveKit server, the real Python and Node clients, all on loopback. What they need is
 * fetched once into the user's cache (Go builds the server, pip and npm bring the clients); a machine that cannot do that fails
 * the test with a line that says what is missing. Every process started here ends with the test, and at the latest with this
 * JVM. Tests that use it are slow and carry {@code @Tag("slow")}. Everything is used by the test's own thread.
 */
@NullMarked
package dev.mouthpiece.worker.testkit;

import org.jspecify.annotations.NullMarked;
