/** What measures and what proves: JMH classes, jcstress classes, and harnesses that play the whole path. */
@NullMarked
package dev.mouthpiece.bench;

import org.jspecify.annotations.NullMarked;
