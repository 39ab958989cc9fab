/** What makes a still face live: blinks, gaze, breath and sway, one seeded generator per session. Device thread. */
@NullMarked
package dev.mouthpiece.worker.media.life;

import org.jspecify.annotations.NullMarked;
