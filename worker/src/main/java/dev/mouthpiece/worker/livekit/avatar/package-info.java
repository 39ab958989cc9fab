/**
 * The avatar protocol of livekit-agents: an agent's speech comes in as byte streams, one per segment; the agent is told what was
 * really played, exactly once per segment, and can interrupt at any time.
 *
 * <p>The sound itself goes to a {@link SpeechPort}, which this package knows nothing else about.
 *
 * <p>Threads: all of it runs in the session's turn; only {@link PlaybackListener} may be called from elsewhere.
 */
@NullMarked
package dev.mouthpiece.worker.livekit.avatar;

import org.jspecify.annotations.NullMarked;
