/**
 * The page that {@code serve} shows at its root: plain files from the jar, and the little that the page asks for beside the
 * API: samples, avatars' pictures, and an operator's overview as server-sent events. It runs no session itself.
 *
 * <p>Threads: HTTP's virtual ones. The overview is looked up once a second while somebody watches it, by each watcher's own
 * thread.
 */
@NullMarked
package dev.mouthpiece.worker.studio;

import org.jspecify.annotations.NullMarked;
