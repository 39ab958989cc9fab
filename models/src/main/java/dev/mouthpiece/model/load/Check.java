package dev.mouthpiece.model.load;

/**
 * One thing that was looked at in a package.
 *
 * @param name what, such as {@code golden/encode.npz}
 * @param ok whether it is as it must be
 * @param detail what was seen, in a line
 */
public record Check(String name, boolean ok, String detail) {}
