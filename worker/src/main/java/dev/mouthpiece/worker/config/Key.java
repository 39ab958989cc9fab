package dev.mouthpiece.worker.config;

import java.util.Locale;

/** Every setting, in the order in which it is explained. */
public enum Key {
    SERVER_HOST(
            Type.TEXT,
            "127.0.0.1",
            "",
            "Address that the API listens on. Anything but the loopback interface needs an API key first (mouthpiece keys create NAME)."),
    SERVER_PORT(
            Type.NUMBER,
            "8080",
            "port, 0..65535",
            "Port of the API, health and metrics; 0 takes any free one.",
            0,
            65_535),
    SERVER_PUBLIC_URL(
            Type.TEXT,
            "",
            "URL",
            "How clients reach the API, for URLs in answers. Empty: as each request came, which is right without a proxy."),
    SERVER_ORIGINS(
            Type.TEXT,
            "*",
            "origins, separated by commas",
            "Web pages that may call the API from a browser; * lets all."),
    DATABASE_URL(
            Type.TEXT,
            "",
            "JDBC URL",
            "Where sessions are kept. Empty: a file in the home folder, for one machine. jdbc:postgresql://HOST/DATABASE: many machines share it."),
    DATABASE_USER(Type.TEXT, "", "", "User of the database."),
    DATABASE_PASSWORD(Type.SECRET, "", "", "The user's password. Better in the environment than in the file."),
    WORKER_CAPACITY(
            Type.NUMBER,
            "0",
            "sessions of 368x560",
            "Sessions that this machine runs at a time; larger pictures count for more. 0: as measured (mouthpiece capacity).",
            0,
            100_000),
    WORKER_DRAIN(
            Type.NUMBER,
            "30",
            "s",
            "After TERM, sessions may go on for so long; then another worker gets them, or they end.",
            0,
            86_400),
    WORKER_DEVICE(Type.TEXT, "auto", "", "What computes: auto (a GPU where there is one), cpu, cuda or cuda:N."),
    WORKER_MODEL(Type.TEXT, "puppet", "", "The lip-sync model: see mouthpiece model list."),
    BROWSER_VIEWERS(
            Type.NUMBER,
            "4",
            "viewers",
            "How many may watch one session in browsers; each costs an encoder, about 5 % of a core.",
            1,
            64),
    BROWSER_PORTS(
            Type.TEXT,
            "",
            "FIRST-LAST",
            "UDP ports for browsers' pictures and sound, such as 41000-41099, two for each viewer. Empty: any."),
    BROWSER_ADDRESS(
            Type.TEXT,
            "",
            "IP address",
            "Where browsers find these ports, behind a one-to-one NAT or in a container. Empty: this machine's own addresses."),
    BROWSER_ICE(
            Type.SECRET,
            "",
            "URLs, separated by commas",
            "STUN and TURN servers: stun:HOST:PORT, turn:USER:SECRET@HOST:PORT. Empty: none, which is right on one machine or network."),
    LIMITS_CREATES(
            Type.NUMBER,
            "10",
            "a minute",
            "Sessions that one API key may create in a minute; 0: any number. A key may have its own.",
            0,
            1_000_000),
    LIMITS_SESSIONS(
            Type.NUMBER,
            "0",
            "",
            "Sessions that one API key may have at a time; 0: any number. A key may have its own.",
            0,
            1_000_000),
    LIMITS_DURATION(Type.NUMBER, "3600", "s, 1..3600", "The longest that a session may last.", 1, 3_600),
    LIMITS_QUEUE(Type.NUMBER, "30", "s", "A session that no worker has taken for so long has failed.", 1, 3_600),
    LIMITS_WAITING(
            Type.NUMBER,
            "0",
            "sessions",
            "How many may wait in the queue while all workers are full; beyond, creates are answered 503 at_capacity.",
            0,
            100_000),
    IMAGES_PRIVATE(
            Type.CHOICE,
            "auto",
            "auto, yes or no",
            "Whether pictures may be fetched by http and from private addresses. auto: only where the API itself listens on the loopback interface."),
    IMAGES_FETCH(
            Type.NUMBER,
            "4",
            "s, 1..10",
            "A picture that does not come within so long is refused; clients wait 5 s.",
            1,
            10),
    RETENTION_DAYS(
            Type.NUMBER,
            "90",
            "days",
            "Sessions that are over are forgotten after so long, and do not count in the usage any more.",
            1,
            3_650),
    WEBHOOK_URL(Type.TEXT, "", "URL", "Is told of every session.* event. Empty: nobody is told."),
    WEBHOOK_SECRET(Type.SECRET, "", "", "Signs what the webhook is told (HMAC-SHA256); needed with webhook.url."),
    LOG_FORMAT(Type.CHOICE, "auto", "auto, text or json", "auto: lines for people on a terminal, JSON elsewhere."),
    LOG_LEVEL(Type.CHOICE, "info", "error, warn, info or debug", "How much is told.");

    private final Type type;
    private final String usual;
    private final String unit;
    private final String consequence;
    private final int min;
    private final int max;

    /** What a setting's value is. */
    public enum Type {
        TEXT,
        SECRET,
        NUMBER,
        /** One of the words that the unit lists. */
        CHOICE
    }

    Key(Type type, String usual, String unit, String consequence) {
        this(type, usual, unit, consequence, 0, 0);
    }

    Key(Type type, String usual, String unit, String consequence, int min, int max) {
        this.type = type;
        this.usual = usual;
        this.unit = unit;
        this.consequence = consequence;
        this.min = min;
        this.max = max;
    }

    /** Its name in the file and on the command line: {@code server.port}. */
    public String path() {
        final String name = name().toLowerCase(Locale.ROOT);
        final int cut = name.indexOf('_');
        return name.substring(0, cut) + "." + name.substring(cut + 1);
    }

    /** Its name in the environment: {@code MOUTHPIECE_SERVER_PORT}. */
    public String variable() {
        return "MOUTHPIECE_" + name();
    }

    public Type type() {
        return type;
    }

    /** What holds where nothing is said. */
    public String usual() {
        return usual;
    }

    /** What the value means, for people. */
    public String unit() {
        return unit;
    }

    /** What it does. */
    public String consequence() {
        return consequence;
    }

    int min() {
        return min;
    }

    int max() {
        return max;
    }
}
