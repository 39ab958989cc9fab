package dev.mouthpiece.worker.config;

import dev.mouthpiece.worker.BadInputException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How browsers are reached.
 *
 * @param viewers of one session
 * @param minPort first UDP port; 0 for any
 * @param maxPort last UDP port; 0 for any
 * @param address told beside each port; empty for this machine's own
 */
public record Browser(int viewers, int minPort, int maxPort, String address, List<Ice> ice) {
    private static final Pattern PORTS = Pattern.compile("([0-9]{1,5})-([0-9]{1,5})");
    private static final Pattern STUN = Pattern.compile("stuns?:[^@\\s]+");
    private static final Pattern TURN = Pattern.compile("(turns?):([^:@\\s]+):([^@\\s]+)@(\\S+)");
    private static final int MAX_PORT = 65_535;

    /** A STUN or TURN server; user and secret are empty for STUN. */
    public record Ice(String url, String user, String secret) {
        @Override
        public String toString() {
            return "Ice[" + url + "]";
        }
    }

    /**
     * As the settings have it.
     *
     * @throws BadInputException if they make no sense
     */
    static Browser of(Settings settings) {
        final String address = settings.text(Key.BROWSER_ADDRESS);
        if (!address.matches("[0-9A-Fa-f.:]*")) {
            throw new BadInputException("browser.address must be an IP address: " + address);
        }
        final List<Ice> ice = new ArrayList<>();
        for (final String url : settings.text(Key.BROWSER_ICE).split(",", -1)) {
            if (!url.isBlank()) {
                ice.add(ice(url.strip()));
            }
        }
        final String ports = settings.text(Key.BROWSER_PORTS);
        final Matcher range = PORTS.matcher(ports);
        if (!ports.isEmpty() && !range.matches()) {
            throw new BadInputException("browser.ports must be FIRST-LAST, such as 41000-41099: " + ports);
        }
        final int first = ports.isEmpty() ? 0 : Integer.parseInt(range.group(1));
        final int last = ports.isEmpty() ? 0 : Integer.parseInt(range.group(2));
        if (!ports.isEmpty() && (first < 1 || first > last || last > MAX_PORT)) {
            throw new BadInputException("browser.ports must be a range within 1..65535: " + ports);
        }
        return new Browser(settings.number(Key.BROWSER_VIEWERS), first, last, address, List.copyOf(ice));
    }

    private static Ice ice(String url) {
        if (STUN.matcher(url).matches()) {
            return new Ice(url, "", "");
        }
        final Matcher turn = TURN.matcher(url);
        if (!turn.matches()) {
            // The secret may stand anywhere in it.
            throw new BadInputException(
                    "browser.ice must have stun:HOST:PORT or turn:USER:SECRET@HOST:PORT, separated by commas");
        }
        return new Ice(turn.group(1) + ":" + turn.group(4), turn.group(2), turn.group(3));
    }
}
