package dev.mouthpiece.worker.session;

/**
 * Who asks.
 *
 * @param owner what is made belongs to it
 * @param createsPerMinute 0 for any number
 * @param maxSessions at a time; 0 for any number
 */
public record Tenant(String owner, int createsPerMinute, int maxSessions) {
    /** Everybody, where the service listens on the loopback interface only and has no keys. */
    public static final Tenant LOCAL = new Tenant("local", 0, 0);
}
