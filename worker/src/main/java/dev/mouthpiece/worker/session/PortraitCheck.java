package dev.mouthpiece.worker.session;

import java.util.Optional;

/** Says whether a picture can speak. May take a second: not for a thread that serves requests. */
public interface PortraitCheck {
    /**
     * Checks a picture's file.
     *
     * @param name what the reason calls the portrait
     * @return what is wrong with it, for the person who gave it; empty for nothing
     */
    Optional<String> whatIsWrong(String name, byte[] file);
}
