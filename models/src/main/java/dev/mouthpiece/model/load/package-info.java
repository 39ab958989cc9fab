/** Opens packages with what runs them, and checks that a package does what its manifest promises. */
@NullMarked
package dev.mouthpiece.model.load;

import org.jspecify.annotations.NullMarked;
