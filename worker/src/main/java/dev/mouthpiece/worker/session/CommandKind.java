package dev.mouthpiece.worker.session;

/** What can be wished of a session on air. */
public enum CommandKind {
    /** Body: the SHA-256 of the picture. */
    SHOW_PICTURE,
    /** Body: the prompt for the mood while speaking. */
    SPEAKING_PROMPT,
    /** Body: the prompt for the mood while idle. */
    IDLE_PROMPT,
    /** No body. */
    RESET_IDLE_TIMEOUT
}
