/**
 * A LiveKit server on this machine and the tokens to enter it, for trying things out and for the tests: {@code mouthpiece
 * dev-room} and the test kit stand on it. Nothing here is used by a worker at work, and nothing here knows another room.
 * Runs on the caller's thread; a {@link LocalServer} is a child process of its own.
 */
@NullMarked
package dev.mouthpiece.worker.devroom;

import org.jspecify.annotations.NullMarked;
