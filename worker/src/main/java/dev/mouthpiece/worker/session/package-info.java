/**
 * What a session is and what becomes of it, whichever API it came by and whatever runs it. {@code SessionService} is asked by the API's threads;
 * {@code Worker} is an agent on its own thread, the conductor, that claims sessions, starts them through a {@code SessionRunner}, and tells the store how
 * they fare; SQL is done on virtual threads that answer with a result.
 */
@NullMarked
package dev.mouthpiece.worker.session;

import org.jspecify.annotations.NullMarked;
