/** What a lip-sync model is: the package and its manifest, loading, the bank of avatars. */
@NullMarked
package dev.mouthpiece.model;

import org.jspecify.annotations.NullMarked;
